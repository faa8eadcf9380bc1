//! `hearth models`: what is on this device.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use hearth_assistant::{
    Assistant, Dirs,
    api::{ModelState, ModelView},
};

use crate::{args::ModelsArgs, failure::Failure};

pub async fn run(args: ModelsArgs) -> Result<ExitCode, Failure> {
    let assistant = Assistant::without_history(Dirs::of_this_user()?).await?;
    let models = assistant.models();
    let mut stdout = io::stdout().lock();
    if args.json {
        let list = serde_json::to_string(&models).expect("a list of models has a JSON text");
        writeln!(stdout, "{list}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = assistant.status().await?.model;
    for model in &models {
        writeln!(stdout, "{}", line(model, chosen.as_ref() == Some(&model.name)))?;
    }
    if models.is_empty() {
        eprintln!("There is no model on this device.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The model that answers next has a star.
fn line(model: &ModelView, chosen: bool) -> String {
    let state = match &model.state {
        ModelState::OnDisk => "ready".into(),
        ModelState::Loading { fraction } => format!("loading, {:.0} %", fraction * 100.0),
        ModelState::Loaded { backend, .. } => format!("loaded, {backend}"),
        ModelState::Unusable { message } => format!("cannot be used: {message}"),
        ModelState::Quarantined { message } => format!("quarantined: {message}"),
    };
    format!(
        "{} {:<28} {:>9}  {:<8} {state}",
        if chosen { '*' } else { ' ' },
        model.name,
        size(model.file_bytes),
        model.quantization.as_deref().unwrap_or("?"),
    )
}

/// As file managers count: powers of ten.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_those_of_a_file_manager() {
        assert_eq!(size(6_400_000), "6.4 MB");
        assert_eq!(size(4_700_000_000), "4.7 GB");
        assert_eq!(size(900), "1 kB");
    }
}
