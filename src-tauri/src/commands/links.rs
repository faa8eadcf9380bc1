use hearth_assistant::api::{ApiError, ErrorCode};
use tauri::Url;

/// The parts of a letter that a link may fill in. Mail programs know others, such as attachments.
const LETTER: [&str; 5] = ["to", "cc", "bcc", "subject", "body"];

/// A longer address cannot have been looked at.
const LONGEST: usize = 4_000;

/// Hands `url` to the system's browser or mail program. The page has shown the user this very
/// string, and asked.
#[tauri::command]
pub async fn link_open(url: String) -> Result<(), ApiError> {
    if !may_open(&url) {
        return Err(refused());
    }
    tauri_plugin_opener::open_url(url, None::<&str>).map_err(|error| failed(&error))
}

/// Whether `url` is an address that a browser or a mail program opens, written so that who reads it
/// sees where it leads.
fn may_open(url: &str) -> bool {
    if url.len() > LONGEST || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    let Ok(parsed) = Url::parse(url) else { return false };
    match parsed.scheme() {
        "http" | "https" => leads_where_it_says(url, &parsed),
        "mailto" => is_plain_letter(&parsed),
        _ => false,
    }
}

/// Whether the host in the text of `url` is the one that is asked, with nothing before it.
fn leads_where_it_says(url: &str, parsed: &Url) -> bool {
    let Some(host) = parsed.host_str() else { return false };
    let written = url.strip_prefix(parsed.scheme()).and_then(|rest| rest.strip_prefix("://"));
    let after = written.and_then(|rest| rest.strip_prefix(host));
    after.is_some_and(|after| after.is_empty() || after.starts_with(['/', ':', '?', '#']))
}

fn is_plain_letter(letter: &Url) -> bool {
    let to = unescaped(letter.path());
    let plain_to = !to.contains(|c: char| c.is_control() || "?&#".contains(c));
    let mut fields =
        letter.query().unwrap_or_default().split('&').filter(|field| !field.is_empty());
    let plain_fields = fields.all(|field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        let breaks = unescaped(value).contains(char::is_control);
        LETTER.contains(&name) && (name == "body" || !breaks)
    });
    plain_to && plain_fields && letter.fragment().is_none()
}

/// `text` with its `%41` as the characters they stand for; what is no such code stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = (*first == b'%').then(|| after.first_chunk::<2>()).flatten();
        let byte = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        rest = if byte.is_some() { &after[2..] } else { after };
        bytes.push(byte.unwrap_or(*first));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn refused() -> ApiError {
    ApiError {
        code: ErrorCode::Other,
        message: "The address was not opened: only plain web and mail addresses are.".into(),
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
    fn web_and_mail_addresses_open() {
        for fine in [
            "https://example.org/a?b",
            "http://example.org",
            "https://example.org:8443/#part",
            "http://[::1]:8080/",
            "https://xn--pple-43d.com/",
            "https://example.org/a|b^c?q=%E2%82%AC",
            "https://example.org/at@sign",
            "mailto:a@example.org",
            "mailto:a@example.org,b@example.org?cc=c@example.org&subject=Tom%20%26%20Ann&body=1%0D%0A2",
        ] {
            assert!(may_open(fine), "{fine}");
        }
    }

    #[test]
    fn nothing_but_web_and_mail_addresses_leaves_for_other_programs() {
        for refused in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "smb://host/share",
            "data:text/html,x",
            "tauri://localhost",
            "example.org",
            "",
        ] {
            assert!(!may_open(refused), "{refused}");
        }
    }

    #[test]
    fn an_address_that_reads_as_another_does_not_open() {
        for deceiving in [
            "https://bank.example@evil.example/",
            "https://user:secret@evil.example/",
            "https://аpple.com/",
            "https://google.com%E3%80%82evil.example/",
            "https://evil.example/\u{202e}gpj.exe",
            "https://ev\til.example/",
            "https:evil.example",
            "https:\\\\evil.example/",
            "https://EVIL.example/",
            "https://0x7f.1/",
            " https://example.org/",
        ] {
            assert!(!may_open(deceiving), "{deceiving}");
        }
        assert!(!may_open(&format!("https://example.org/{}", "a".repeat(LONGEST))));
    }

    #[test]
    fn a_letter_has_no_attachments_and_no_hidden_parts() {
        for hostile in [
            "mailto:a@b?attach=/home/u/.ssh/id_ed25519",
            "mailto:a@b?subject=x&attachment=/etc/passwd",
            "mailto:a@b?ATTACH=/etc/passwd",
            "mailto:a@b?%61ttach=/etc/passwd",
            "mailto:a@b?subject=x%0D%0AAttach:%20/etc/passwd",
            "mailto:a@b%3Fattach=/etc/passwd",
            "mailto:a@b%0Acc:c@d",
            "mailto:a@b?body=x#attach",
        ] {
            assert!(!may_open(hostile), "{hostile}");
        }
    }
}
