//! What was measured, and its medians.

use std::{collections::BTreeMap, fmt::Write};

use super::Runner;

/// One run. What a runner does not report is `None`.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    pub prefill_tok_s: Option<f64>,
    pub decode_tok_s: Option<f64>,
    pub peak_rss_bytes: Option<f64>,
}

/// Every run of every runner on every shape, in the order in which the shapes were measured.
#[derive(Default)]
pub struct Table(Vec<(String, BTreeMap<Runner, Vec<Figures>>)>);

impl Table {
    pub fn add(&mut self, shape: &str, runner: Runner, figures: Figures) {
        if self.0.last().is_none_or(|(last, _)| last != shape) {
            self.0.push((shape.to_owned(), BTreeMap::new()));
        }
        let (_, runs) = self.0.last_mut().expect("the shape was added above");
        runs.entry(runner).or_default().push(figures);
    }

    /// The medians of each shape and runner.
    pub fn medians(&self) -> impl Iterator<Item = (&str, Runner, Figures)> {
        self.0.iter().flat_map(|(shape, runners)| {
            runners.iter().map(move |(runner, runs)| (shape.as_str(), *runner, medians(runs)))
        })
    }

    /// A Markdown table; ratios are Hearth's cpu backend over the runner.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| model | runner | prefill tok/s | decode tok/s | peak MB | Hearth's prefill over it | decode over it |\n\
             |---|---|--:|--:|--:|--:|--:|\n",
        );
        let all: Vec<_> = self.medians().collect();
        for (shape, runner, figures) in &all {
            let own = all.iter().find(|(s, r, _)| s == shape && *r == Runner::HearthCpu);
            let own = own.map(|(.., figures)| *figures).unwrap_or_default();
            let ratio = |mine: Option<f64>, other: Option<f64>| match (mine, other) {
                (Some(mine), Some(other)) if *runner != Runner::HearthCpu => {
                    format!("{:.2}x", mine / other)
                }
                _ => String::from("–"),
            };
            let line = format!(
                "| {shape} | {} | {} | {} | {} | {} | {} |",
                runner.name(),
                shown(figures.prefill_tok_s),
                shown(figures.decode_tok_s),
                shown(figures.peak_rss_bytes.map(|bytes| bytes / 1e6)),
                ratio(own.prefill_tok_s, figures.prefill_tok_s),
                ratio(own.decode_tok_s, figures.decode_tok_s),
            );
            writeln!(text, "{line}").expect("a String takes all text");
        }
        text
    }
}

fn shown(figure: Option<f64>) -> String {
    figure.map_or_else(|| String::from("–"), |figure| format!("{figure:.0}"))
}

fn medians(runs: &[Figures]) -> Figures {
    let of = |pick: fn(&Figures) -> Option<f64>| median(runs.iter().filter_map(pick).collect());
    Figures {
        prefill_tok_s: of(|run| run.prefill_tok_s),
        decode_tok_s: of(|run| run.decode_tok_s),
        peak_rss_bytes: of(|run| run.peak_rss_bytes),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(decode: f64) -> Figures {
        Figures {
            prefill_tok_s: Some(10.0 * decode),
            decode_tok_s: Some(decode),
            ..Figures::default()
        }
    }

    #[test]
    fn the_table_holds_medians_and_the_ratio_to_each_peer() {
        let mut table = Table::default();
        for decode in [90.0, 100.0, 400.0] {
            table.add("Tiny", Runner::HearthCpu, run(decode));
            table.add("Tiny", Runner::LlamaCpp, run(decode / 2.0));
        }
        let text = table.markdown();
        assert!(text.contains("| Tiny | Hearth cpu | 1000 | 100 | – | – | – |"), "{text}");
        assert!(text.contains("| Tiny | llama.cpp | 500 | 50 | – | 2.00x | 2.00x |"), "{text}");
    }
}
