//! Where files lie that belong to the person and not to a project: state, data, settings.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folder of what may be lost: the history of a session. `None` where there is no home.
pub(crate) fn state() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("flowql"))
}

/// The file of dot-commands that a session begins with.
pub(crate) fn settings() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("flowql/flowqlrc"))
}

/// The folder of saved queries.
pub(crate) fn queries() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.data_dir().join("flowql/queries"))
}
