//! What a token costs. Integers only: pico-dollars (10⁻¹² US$) a token, which is the same number
//! as micro-dollars a million tokens, and nano-dollars (10⁻⁹ US$) a request.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Usage;

/// Nothing costs more than this; a larger figure is a slip of units.
const HIGHEST: Pico = Pico(10_000 * 1_000_000);

/// Pico-dollars a token. Written as US dollars a million tokens, such as `"0.075"`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS,
)]
#[ts(type = "string")]
#[serde(try_from = "String", into = "String")]
pub struct Pico(u64);

impl TryFrom<String> for Pico {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("“{text}” is no price in US dollars a million tokens");
        let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || decimals.len() > 6 || !digits(whole) || !digits(decimals) {
            return Err(wrong());
        }
        let micro: u64 = format!("{whole}{decimals:0<6}").parse().map_err(|_| wrong())?;
        Some(Self(micro)).filter(|price| *price <= HIGHEST).ok_or_else(wrong)
    }
}

impl From<Pico> for String {
    fn from(Pico(micro): Pico) -> Self {
        let text = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// One model's prices. A bucket without a price of its own is charged as fresh input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: Pico,
    pub output: Pico,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<Pico>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<Pico>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<Pico>,
}

impl Price {
    /// Of a machine that the user pays for anyway.
    pub const NOTHING: Self = Self {
        input: Pico(0),
        output: Pico(0),
        cache_read: None,
        cache_write_5m: None,
        cache_write_1h: None,
    };

    /// What `usage` costs, in nano-dollars, rounded up.
    pub fn cost(&self, usage: &Usage) -> u64 {
        let read = self.cache_read.unwrap_or(self.input);
        let write_5m = self.cache_write_5m.unwrap_or(self.input);
        let write_1h = self.cache_write_1h.unwrap_or(self.input);
        nano([
            (usage.input, self.input),
            (usage.cache_read, read),
            (usage.cache_write_5m, write_5m),
            (usage.cache_write_1h, write_1h),
            (usage.completion(), self.output),
        ])
    }

    /// More than a request can cost, in nano-dollars: a token is never shorter than a byte, so
    /// there are at most `body_bytes` tokens of input, each at the dearest rate of input.
    pub fn worst_case(&self, body_bytes: usize, max_output: u32) -> u64 {
        let rates = [Some(self.input), self.cache_read, self.cache_write_5m, self.cache_write_1h];
        let dearest = rates.into_iter().flatten().max().unwrap_or(self.input);
        nano([(body_bytes as u64, dearest), (max_output.into(), self.output)])
    }
}

fn nano<const N: usize>(parts: [(u64, Pico); N]) -> u64 {
    let pico: u128 =
        parts.into_iter().map(|(tokens, Pico(each))| u128::from(tokens) * u128::from(each)).sum();
    u64::try_from(pico.div_ceil(1000)).unwrap_or(u64::MAX)
}

/// The prices of one provider on one day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The preset that they belong to, such as `openai`.
    pub provider: String,
    /// The day on which they were read, `YYYY-MM-DD`.
    pub read: String,
    /// The provider's own page.
    pub source: String,
    /// Where the page's figures were read, when not from the page itself.
    #[serde(default)]
    pub through: Option<String>,
    pub models: std::collections::BTreeMap<String, Price>,
}

/// The tables that come with Hearth. Only flat rates are in them; a model whose price depends on
/// the length of the prompt is absent.
pub fn tables() -> Vec<Table> {
    const TABLES: [&str; 3] = [
        include_str!("../../../model-catalog/prices/anthropic.json"),
        include_str!("../../../model-catalog/prices/gemini.json"),
        include_str!("../../../model-catalog/prices/openai.json"),
    ];
    let parse = |text| serde_json::from_str(text).expect("a test reads every table");
    TABLES.into_iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Pico {
        Pico::try_from(text.to_owned()).unwrap()
    }

    fn price(input: &str, read: &str, write: &str, output: &str) -> Price {
        Price {
            input: usd(input),
            output: usd(output),
            cache_read: Some(usd(read)),
            cache_write_5m: Some(usd(write)),
            cache_write_1h: None,
        }
    }

    /// Requests of public bug reports in which cached tokens were counted twice, with the charge
    /// that was right: BerriAI/litellm#9812, earendil-works/pi#2148, BerriAI/litellm#26016.
    #[test]
    fn golden_costs() {
        let writes = Usage { input: 3, cache_write_5m: 12_304, output: 550, ..Usage::default() };
        assert_eq!(price("3", "0.3", "3.75", "15").cost(&writes), 54_399_000);
        let reads = Usage::of_totals(20_212, 16_298, 931, 0).unwrap();
        assert_eq!(price("0.5", "0.05", "0.5", "3").cost(&reads), 5_564_900);
        let mostly_read = Usage::of_totals(44_341, 41_518, 0, 0).unwrap();
        assert_eq!(price("1.4", "0.26", "1.4", "0").cost(&mostly_read), 14_746_880);
    }

    #[test]
    fn thoughts_cost_as_much_as_words() {
        let price = price("1", "1", "1", "10");
        let thinking = Usage { output: 100, reasoning: 900, ..Usage::default() };
        assert_eq!(price.cost(&thinking), 10_000_000);
    }

    #[test]
    fn the_worst_case_is_never_below_the_cost() {
        let price = price("1", "0.1", "1.25", "10");
        for usage in [
            Usage { input: 500, output: 64, ..Usage::default() },
            Usage { cache_write_5m: 500, reasoning: 60, output: 4, ..Usage::default() },
        ] {
            assert!(price.cost(&usage) <= price.worst_case(500, 64));
        }
    }

    #[test]
    fn a_fraction_of_a_nano_dollar_is_rounded_up() {
        let price = Price { input: usd("0.000001"), ..Price::NOTHING };
        assert_eq!(price.cost(&Usage { input: 1, ..Usage::default() }), 1);
    }

    #[test]
    fn prices_are_exact_decimals_within_reason() {
        for text in ["0", "0.075", "12.5", "3"] {
            assert_eq!(String::from(usd(text)), text);
        }
        for wrong in ["", "-1", "1e3", ".5", "0.0000001", "10001", "1,5", "∞", "1.2.3"] {
            assert!(Pico::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_table_is_dated_and_sourced() {
        for table in tables() {
            assert!(table.source.starts_with("https://"), "{}", table.provider);
            assert_eq!(table.read.len(), "2026-01-01".len(), "{}", table.provider);
            assert!(!table.models.is_empty());
            for (model, price) in &table.models {
                assert!(price.output >= price.input, "{model}: the columns are swapped");
                assert!(price.cache_read.is_none_or(|read| read <= price.input), "{model}");
            }
        }
    }
}
