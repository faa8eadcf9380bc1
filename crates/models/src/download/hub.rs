//! A hub as Hugging Face and its mirrors speak.

use hearth_egress::{Egress, Get, Secret, UserAction};
use serde::Deserialize;
use url::Url;

use super::{DownloadError, Sha256, Source};

/// Where files come from.
#[derive(Clone, Debug)]
pub struct Hub {
    pub endpoint: Url,
    /// For files that are given only to people who accepted a licence.
    pub token: Option<Secret>,
}

/// No file is larger; sums of what a hub states then stay within what can be counted.
const LARGEST_FILE: u64 = 1 << 50;

/// Descriptions of repositories with thousands of files are shorter than this.
const LONGEST_ANSWER: usize = 16 << 20;

impl Hub {
    pub const HUGGING_FACE: &str = "https://huggingface.co";

    /// The hub of `HF_ENDPOINT`, or Hugging Face.
    pub fn of_environment() -> Url {
        let named = std::env::var("HF_ENDPOINT").ok().and_then(|text| Url::parse(&text).ok());
        named.unwrap_or_else(|| Url::parse(Self::HUGGING_FACE).expect("it is a constant"))
    }

    pub fn host(&self) -> String {
        self.endpoint.host_str().unwrap_or_default().to_owned()
    }

    /// Where a person reads about the file.
    pub fn page(&self, source: &Source) -> String {
        self.url(&[&source.repository()]).to_string()
    }

    pub(crate) fn file_url(&self, source: &Source) -> Url {
        let revision = source.revision().unwrap_or("main");
        self.url(&[&source.repository(), "resolve", revision, source.name()])
    }

    /// The parts are plain names, with `/` only between them.
    fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.endpoint.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}", parts.join("/")));
        url
    }
}

/// What a file must turn out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// With the commit that these are true for.
    pub source: Source,
    pub bytes: u64,
    pub sha256: Sha256,
}

impl Published {
    /// Whether it is the same file with the same contents, at whatever commit.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.source.name() == other.source.name()
            && (self.bytes, self.sha256) == (other.bytes, other.sha256)
    }
}

#[derive(Deserialize)]
struct Repository {
    /// The commit.
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    #[serde(alias = "oid")]
    sha256: Sha256,
    size: u64,
}

/// Asks the hub what a model's file is now; of a model in several files, each of them.
pub async fn look_up(
    egress: &Egress,
    hub: &Hub,
    source: &Source,
) -> Result<Vec<Published>, DownloadError> {
    let revision = source.revision().unwrap_or("main");
    let mut url = hub.url(&["api/models", &source.repository(), "revision", revision]);
    url.set_query(Some("blobs=true"));
    let get = Get { secret: hub.token.clone(), ..Get::default() };
    let mut response = egress.get(UserAction::catalog_check(url), get).await?;
    refuse(hub, source, response.status, response.header("retry-after"))?;
    let text = response.body.read_all(LONGEST_ANSWER).await?;
    let repository: Repository = serde_json::from_slice(&text)
        .map_err(|_| DownloadError::Wrong { host: hub.host(), what: UNREADABLE })?;
    source.parts().iter().map(|part| repository.published(hub, part)).collect()
}

const UNREADABLE: &str = "its description cannot be read";

impl Repository {
    fn published(&self, hub: &Hub, source: &Source) -> Result<Published, DownloadError> {
        let (host, file) = (hub.host(), source.name().to_owned());
        let wrong = |what| DownloadError::Wrong { host: host.clone(), what };
        let named = self.siblings.iter().find(|sibling| sibling.rfilename == file);
        let Some(named) = named else { return Err(DownloadError::NotFound { host, file }) };
        let Some(lfs) = &named.lfs else { return Err(DownloadError::Unlisted { host, file }) };
        if named.size.is_some_and(|size| size != lfs.size) {
            return Err(wrong("it names two sizes"));
        }
        if lfs.size > LARGEST_FILE {
            return Err(wrong("it names a size that no file has"));
        }
        let commit = Source::new(&source.repository(), source.name(), Some(&self.sha));
        let source = commit.map_err(|_| wrong(UNREADABLE))?;
        Ok(Published { source, bytes: lfs.size, sha256: lfs.sha256 })
    }
}

/// Turns a status that brings no file into its meaning.
pub(crate) fn refuse(
    hub: &Hub,
    source: &Source,
    status: u16,
    retry_after: Option<&str>,
) -> Result<(), DownloadError> {
    let (host, file) = (hub.host(), source.name().to_owned());
    match status {
        200 | 206 => Ok(()),
        401 | 403 => Err(DownloadError::Gated { file, page: hub.page(source) }),
        404 | 410 => Err(DownloadError::NotFound { host, file }),
        429 | 503 => Err(DownloadError::Busy {
            host,
            seconds: retry_after.and_then(|text| text.parse().ok()),
        }),
        416 => Err(DownloadError::Wrong { host, what: "it refused a part of the file" }),
        _ => Err(DownloadError::Status { host, status }),
    }
}
