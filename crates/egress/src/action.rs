use std::time::Duration;

use hearth_router::Purpose;
use url::Url;

use crate::Secret;

/// How long a host may be silent unless the request says otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the user started. In every mode it is theirs to start, so it needs no permit; whoever makes
/// one has a click or a command line to show for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAction {
    pub(crate) purpose: Purpose,
    pub(crate) url: Url,
}

impl UserAction {
    /// A model's file, followed to wherever its hub keeps it.
    pub fn download(url: Url) -> Self {
        Self { purpose: Purpose::ModelDownload, url }
    }

    /// What a hub says about a model.
    pub fn catalog_check(url: Url) -> Self {
        Self { purpose: Purpose::CatalogCheck, url }
    }

    /// Whether a provider takes a key. Needs a mode in which answers are allowed.
    pub fn key_check(url: Url) -> Self {
        Self { purpose: Purpose::KeyCheck, url }
    }
}

/// How to get it.
#[derive(Clone, Debug)]
pub struct Get {
    pub headers: Vec<(String, String)>,
    pub secret: Option<Secret>,
    /// The longest silence, before the answer and within it.
    pub patience: Duration,
}

impl Default for Get {
    fn default() -> Self {
        Self { headers: Vec::new(), secret: None, patience: PATIENCE }
    }
}

/// What is posted with a permit. It has no `Debug`: the body is the user's own words.
#[derive(Clone)]
pub struct Request {
    pub url: Url,
    pub headers: Vec<(String, String)>,
    /// Exactly what the permit was given for.
    pub body: Vec<u8>,
    pub secret: Option<Secret>,
    /// The longest silence, before the answer and within it.
    pub patience: Duration,
}
