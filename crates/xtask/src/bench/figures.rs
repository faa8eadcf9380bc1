//! What was measured, and its medians.

use std::{collections::BTreeMap, fmt::Write};

use super::Runner;

/// One run. What a runner does not report is `None`.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    pub load_ms: Option<f64>,
    pub prefill_tok_s: Option<f64>,
    /// With an empty context.
    pub decode_tok_s: Option<f64>,
    /// With the case's depth of tokens before.
    pub deep_decode_tok_s: Option<f64>,
    /// Time of one pass over 4 and 8 tokens over that of one token.
    pub r4: Option<f64>,
    pub r8: Option<f64>,
    /// Weights read a second in decode, as a share of what the machine can read.
    pub read_share: Option<f64>,
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

    /// A Markdown table. In brackets: how many times faster Hearth's cpu backend was than this
    /// runner, or the share of this runner's memory that it took.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| model | runner | prefill tok/s | decode tok/s | at depth | r(4) | r(8) | of bandwidth | load ms | peak MB |\n\
             |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        let all: Vec<_> = self.medians().collect();
        for (shape, runner, figures) in &all {
            let own = all.iter().find(|(s, r, _)| s == shape && *r == Runner::HearthCpu);
            let own = own.filter(|_| *runner != Runner::HearthCpu).map(|(.., figures)| *figures);
            let cell = |pick: fn(&Figures) -> Option<f64>, digits| {
                shown(pick(figures), own.and_then(|own| pick(&own)), digits)
            };
            let cells = [
                cell(|f| f.prefill_tok_s, 0),
                cell(|f| f.decode_tok_s, 1),
                cell(|f| f.deep_decode_tok_s, 1),
                shown(figures.r4, None, 2),
                shown(figures.r8, None, 2),
                shown(figures.read_share, None, 2),
                shown(figures.load_ms, None, 0),
                cell(|f| f.peak_rss_bytes.map(|bytes| bytes / 1e6), 0),
            ];
            let line = format!("| {shape} | {} | {} |", runner.name(), cells.join(" | "));
            writeln!(text, "{line}").expect("a String takes all text");
        }
        text
    }
}

/// A figure and, in brackets, Hearth's own over it.
fn shown(figure: Option<f64>, own: Option<f64>, digits: usize) -> String {
    match (figure, own) {
        (None, _) => String::from("–"),
        (Some(figure), None) => format!("{figure:.digits$}"),
        (Some(figure), Some(own)) => format!("{figure:.digits$} ({:.2}x)", own / figure),
    }
}

fn medians(runs: &[Figures]) -> Figures {
    let of = |pick: fn(&Figures) -> Option<f64>| median(runs.iter().filter_map(pick).collect());
    Figures {
        load_ms: of(|run| run.load_ms),
        prefill_tok_s: of(|run| run.prefill_tok_s),
        decode_tok_s: of(|run| run.decode_tok_s),
        deep_decode_tok_s: of(|run| run.deep_decode_tok_s),
        r4: of(|run| run.r4),
        r8: of(|run| run.r8),
        read_share: of(|run| run.read_share),
        peak_rss_bytes: of(|run| run.peak_rss_bytes),
    }
}

pub fn median(mut values: Vec<f64>) -> Option<f64> {
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
        assert!(text.contains("| Tiny | Hearth cpu | 1000 | 100.0 | – |"), "{text}");
        assert!(text.contains("| Tiny | llama.cpp | 500 (2.00x) | 50.0 (2.00x) | – |"), "{text}");
    }
}
