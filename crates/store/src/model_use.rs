use crate::{Error, Store};

/// How a model was used here, deleted chats included.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelUse {
    /// Its name, as answers have it.
    pub model: String,
    pub last_ms: i64,
    /// The median of its answers, in tokens a second.
    pub decode_tok_s_p50: Option<f64>,
}

impl Store {
    /// Every model that has answered on this device.
    pub fn model_use(&self) -> Result<Vec<ModelUse>, Error> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT model, at_ms, decode_tok_s FROM ledger WHERE place = 'this_device' \
                 ORDER BY model, decode_tok_s",
            )?;
            let mut rows = query.query([])?;
            let mut used: Vec<(ModelUse, Vec<f64>)> = Vec::new();
            while let Some(row) = rows.next()? {
                let (model, at_ms): (String, i64) = (row.get(0)?, row.get(1)?);
                if used.last().is_none_or(|(last, _)| last.model != model) {
                    let new = ModelUse { model, last_ms: at_ms, decode_tok_s_p50: None };
                    used.push((new, Vec::new()));
                }
                if let Some((last, speeds)) = used.last_mut() {
                    last.last_ms = last.last_ms.max(at_ms);
                    speeds.extend(row.get::<_, Option<f64>>(2)?);
                }
            }
            let median = |(used, speeds): (ModelUse, Vec<f64>)| ModelUse {
                decode_tok_s_p50: speeds.get(speeds.len() / 2).copied(),
                ..used
            };
            Ok(used.into_iter().map(median).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_use_is_its_last_time_and_its_median_speed() {
        let store = Store::in_memory().unwrap();
        let enter = |at_ms: i64, model: &'static str, speed: Option<f64>| {
            let sql = "INSERT INTO ledger (at_ms, place, model, finish, prompt_tokens, \
                       completion_tokens, decode_tok_s, cost_nano_usd, bytes_sent) \
                       VALUES (?1, 'this_device', ?2, 'stop', 0, 0, ?3, 0, 0)";
            store.write(move |tx| Ok(tx.execute(sql, (at_ms, model, speed))?)).unwrap();
        };
        for (at_ms, speed) in [(1, Some(9.0)), (5, Some(30.0)), (3, Some(10.0)), (4, None)] {
            enter(at_ms, "a", speed);
        }
        enter(2, "b", None);
        let used = store.model_use().unwrap();
        let of = |model: &str, last_ms, decode_tok_s_p50| ModelUse {
            model: model.into(),
            last_ms,
            decode_tok_s_p50,
        };
        assert_eq!(used, [of("a", 5, Some(10.0)), of("b", 2, None)]);
    }
}
