use hearth_assistant::api::{ApiError, ErrorCode};
use tauri::Url;

/// Hands `url` to the system's browser or mail program. The page asked the user first.
#[tauri::command]
pub async fn link_open(url: String) -> Result<(), ApiError> {
    let url = may_open(&url).ok_or_else(|| refused(&url))?;
    tauri_plugin_opener::open_url(url, None::<&str>).map_err(|error| failed(&error))
}

/// The address, if it is one that a browser or a mail program opens.
fn may_open(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https" | "mailto").then_some(url)
}

fn refused(url: &str) -> ApiError {
    ApiError {
        code: ErrorCode::Other,
        message: format!("{url} was not opened: only web and mail addresses are."),
        action: None,
    }
}

fn failed(error: &tauri_plugin_opener::Error) -> ApiError {
    ApiError {
        code: ErrorCode::Other,
        message: format!("No program could be started for that address: {error}."),
        action: Some("Copy the address and open it yourself.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_leave_for_other_programs() {
        for fine in ["https://example.org/a?b", "http://example.org", "mailto:a@example.org"] {
            assert!(may_open(fine).is_some(), "{fine}");
        }
        for refused in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "smb://host/share",
            "data:text/html,x",
            "tauri://localhost",
            "example.org",
            "",
        ] {
            assert!(may_open(refused).is_none(), "{refused}");
        }
    }
}
