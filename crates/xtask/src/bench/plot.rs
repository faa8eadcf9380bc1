//! The medians as a bar chart in SVG.

use std::fmt::Write;

use super::{
    Runner,
    figures::{Figures, Table},
};

const BAR: usize = 18;
const LABEL: usize = 220;
const WIDTH: usize = 760;

/// Prefill above, decode below, one bar for each shape and runner.
pub fn svg(table: &Table) -> String {
    let rows: Vec<_> = table.medians().collect();
    let mut body = String::new();
    let mut y = 0;
    for (title, pick) in [
        ("Prefill, tokens a second", prefill as fn(&Figures) -> _),
        ("Decode, tokens a second", decode),
    ] {
        y += 32;
        write!(body, "<text x=\"8\" y=\"{y}\" font-weight=\"600\">{title}</text>").expect(TEXT);
        y += 10;
        let largest = rows.iter().filter_map(|(.., f)| pick(f)).fold(0.0, f64::max);
        for (shape, runner, figures) in &rows {
            let Some(value) = pick(figures) else { continue };
            y += BAR + 6;
            let length = (value / largest * (WIDTH - LABEL - 80) as f64).round();
            let base = y - 5;
            let top = y - BAR;
            let end = LABEL as f64 + length + 6.0;
            write!(
                body,
                "<text x=\"8\" y=\"{base}\">{shape}, {}</text>\
                 <rect x=\"{LABEL}\" y=\"{top}\" width=\"{length}\" height=\"{BAR}\" fill=\"{}\"/>\
                 <text x=\"{end}\" y=\"{base}\">{value:.0}</text>",
                runner.name(),
                colour(*runner),
            )
            .expect(TEXT);
        }
    }
    let height = y + 16;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"#3a2c26\">\
         <rect width=\"100%\" height=\"100%\" fill=\"#fbf7f1\"/>{body}</svg>\n"
    )
}

const TEXT: &str = "a String takes all text";

fn prefill(figures: &Figures) -> Option<f64> {
    figures.prefill_tok_s
}

fn decode(figures: &Figures) -> Option<f64> {
    figures.decode_tok_s
}

fn colour(runner: Runner) -> &'static str {
    match runner {
        Runner::HearthCpu => "#d9642f",
        Runner::MistralRs => "#8a9a8e",
        Runner::LlamaCpp => "#7d8ea8",
    }
}
