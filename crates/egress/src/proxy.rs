use url::Url;

use crate::{Error, peers::Resolver};

/// How connections leave this device. Loopback is always reached directly, and so is the own network
/// unless a proxy is named here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// As the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    Direct,
    Through(Url),
}

impl Proxy {
    /// For whatever is not on this device.
    pub(crate) fn client(&self) -> Result<reqwest::Client, Error> {
        let builder = match self {
            Self::Environment => plain(),
            Self::Direct => plain().no_proxy(),
            Self::Through(url) => {
                let proxy = reqwest::Proxy::all(url.clone()).map_err(|_| Error::Proxy)?;
                plain().no_proxy().proxy(proxy)
            }
        };
        builder.build().map_err(|error| Error::Tls { cause: crate::error::root_of(&error) })
    }
}

/// For what is reached directly, whatever the proxy.
pub(crate) fn direct_client() -> Result<reqwest::Client, Error> {
    let built = plain().no_proxy().build();
    built.map_err(|error| Error::Tls { cause: crate::error::root_of(&error) })
}

/// One request on each connection, so that the log's rows are the connections and ending a request
/// ends its socket. Nothing happens by itself: no redirect, no retry, no decompression (another
/// crate of the build could have turned it on), no referrer.
fn plain() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .http1_only()
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .dns_resolver(Resolver)
        .connect_timeout(crate::CONNECT_PATIENCE)
}
