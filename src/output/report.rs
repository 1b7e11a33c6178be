//! The page of a report: queries with their charts and tables, in one HTML file that needs no other.

use std::fmt::Write;

use super::table::is_right_aligned;
use crate::charts::picture::html::{SCRIPT, escape, style};
use crate::data::Table;

/// Records of a table that are shown.
const MOST_RECORDS: usize = 50;

/// What a report says.
#[derive(Debug, Default)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// What it is of, each a name and what there is: logs, time, records, bad lines.
    pub facts: Vec<(String, String)>,
    /// What was noticed in the input; one text a line.
    pub notes: Vec<String>,
    /// The log streams.
    pub streams: Option<Table>,
    /// A part for each query.
    pub parts: Vec<Part>,
}

/// One query of a report.
#[derive(Debug, Default)]
pub struct Part {
    /// What it is called.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// Its text.
    pub query: String,
    /// Its chart as an element, or why there is none.
    pub chart: Option<Result<String, String>>,
    /// Its result; `None` where it failed.
    pub table: Option<Table>,
    /// What is to be said about it: warnings, errors.
    pub notes: Vec<String>,
    /// What it took.
    pub statistics: String,
}

/// The page as text.
pub fn render(page: &Page) -> String {
    let mut html = String::new();
    let title = escape(&page.title);
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{}{}</style>\n\
         </head>\n<body>\n<main>\n<h1>{title}</h1>\n<dl>\n",
        style(),
        include_str!("report.css")
    );
    for (name, text) in &page.facts {
        let _ = writeln!(html, "<dt>{}</dt><dd>{}</dd>", escape(name), lines(text));
    }
    html.push_str("</dl>\n");
    notes(&mut html, &page.notes);
    if page.parts.len() > 1 {
        html.push_str("<nav><ol>\n");
        for (number, part) in page.parts.iter().enumerate() {
            let _ = writeln!(html, "<li><a href=\"#q{number}\">{}</a></li>", escape(&part.title));
        }
        html.push_str("</ol></nav>\n");
    }
    for (number, part) in page.parts.iter().enumerate() {
        write_part(&mut html, number, part);
    }
    if let Some(streams) = &page.streams {
        html.push_str("<section>\n<h2>Log streams</h2>\n");
        write_table(&mut html, streams, usize::MAX);
        html.push_str("</section>\n");
    }
    let _ = write!(html, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    html
}

fn write_part(html: &mut String, number: usize, part: &Part) {
    let _ = writeln!(html, "<section id=\"q{number}\">\n<h2>{}</h2>", escape(&part.title));
    if !part.description.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", escape(&part.description).replace("&#10;", " "));
    }
    let _ = writeln!(html, "<pre>{}</pre>", escape(&part.query).replace("&#10;", "\n"));
    notes(html, &part.notes);
    match &part.chart {
        Some(Ok(chart)) => {
            let _ = writeln!(html, "<figure>\n{chart}</figure>");
        }
        Some(Err(reason)) => {
            let _ = writeln!(html, "<p class=\"small\">No chart: {}.</p>", escape(reason));
        }
        None => {}
    }
    if let Some(table) = &part.table {
        write_table(html, table, MOST_RECORDS);
    }
    let _ = writeln!(html, "<p class=\"small\">{}</p>\n</section>", escape(&part.statistics));
}

fn write_table(html: &mut String, table: &Table, most: usize) {
    if table.len == 0 {
        html.push_str("<p class=\"small\">No records.</p>\n");
        return;
    }
    html.push_str("<div class=\"table\"><table>\n<thead><tr>");
    let class = |column| if is_right_aligned(table, column) { " class=\"number\"" } else { "" };
    for (column, name) in table.names.iter().enumerate() {
        let _ = write!(html, "<th{}>{}</th>", class(column), escape(name));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in 0..table.len.min(most) {
        html.push_str("<tr>");
        for column in 0..table.names.len() {
            let cell = table.cell(row, column).unwrap_or_default();
            let _ = write!(html, "<td{}>{}</td>", class(column), lines(&cell));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table></div>\n");
    if table.len > most {
        let _ = writeln!(html, "<p class=\"small\">The first {most} of {} records.</p>", table.len);
    }
}

fn notes(html: &mut String, notes: &[String]) {
    for note in notes {
        let _ = writeln!(html, "<pre class=\"note\">{}</pre>", escape(note).replace("&#10;", "\n"));
    }
}

/// A text whose lines stay lines.
fn lines(text: &str) -> String {
    escape(text).replace("&#10;", "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fixture::table;

    #[test]
    fn a_page_is_safe_and_whole() {
        let part = Part {
            title: "<b>1</b>".to_owned(),
            query: "filter a = \"<script>\"\n| stats count(*)".to_owned(),
            chart: Some(Err("it lists records".to_owned())),
            table: Some(table()),
            notes: vec!["warning: a & b".to_owned()],
            ..Part::default()
        };
        let page = Page {
            title: "A & B".to_owned(),
            facts: vec![("Logs".to_owned(), "a\nb".to_owned())],
            parts: vec![part],
            ..Page::default()
        };
        let html = render(&page);
        for text in [
            "<h1>A &amp; B</h1>",
            "<dd>a<br>b</dd>",
            "<h2>&lt;b&gt;1&lt;/b&gt;</h2>",
            "&quot;&lt;script&gt;&quot;\n| stats",
            "No chart: it lists records.",
            "<td class=\"number\">1234</td>",
            "a|b, &quot;c&quot;<br>d",
            "warning: a &amp; b",
        ] {
            assert!(html.contains(text), "{text}\n{html}");
        }
        assert_eq!(html.matches("<script>").count(), 1);
    }
}
