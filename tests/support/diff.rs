//! Differences between two texts, a few lines of context around each, as `diff -u` shows them.

/// Lines shown around a difference.
const CONTEXT: usize = 3;

/// What is only in `expected` (`-`) and only in `actual` (`+`), each place with file and line.
pub(crate) fn diff(name: &str, expected: &str, actual: &str) -> String {
    let old: Vec<&str> = expected.lines().collect();
    let new: Vec<&str> = actual.lines().collect();
    let steps = steps(&old, &new);
    let mut text = String::new();
    let mut shown = 0;
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.mark != ' ') {
        let from = at.saturating_sub(CONTEXT).max(shown);
        if text.is_empty() || from > shown {
            text += &format!("{name}:{}\n", step.line);
        }
        let mut to = (at + 1 + CONTEXT).min(steps.len());
        // The context ends where the next difference begins.
        if let Some(next) = (at + 1..to).find(|&next| steps[next].mark != ' ') {
            to = next;
        }
        for step in &steps[from..to] {
            text += &format!("  {} {}\n", step.mark, step.text);
        }
        shown = to;
    }
    text
}

/// A line of both texts (` `), of the old one (`-`) or of the new one (`+`).
struct Step<'a> {
    mark: char,
    text: &'a str,
    /// 1-based, in the old text.
    line: usize,
}

/// The shortest way from one text to the other, by longest common subsequence.
fn steps<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Step<'a>> {
    let width = new.len() + 1;
    let mut common = vec![0_usize; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = match old[i] == new[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut steps = Vec::new();
    while i < old.len() || j < new.len() {
        let line = i + 1;
        let (both, old_only) = match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) => {
                (a == b, common[(i + 1) * width + j] >= common[i * width + j + 1])
            }
            (a, _) => (false, a.is_some()),
        };
        if both {
            steps.push(Step { mark: ' ', text: old[i], line });
        } else if old_only {
            steps.push(Step { mark: '-', text: old[i], line });
        } else {
            steps.push(Step { mark: '+', text: new[j], line });
        }
        i += usize::from(both || old_only);
        j += usize::from(both || !old_only);
    }
    steps
}
