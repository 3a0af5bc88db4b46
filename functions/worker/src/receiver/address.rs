//! Where a receiver is, checked, and the client that reaches it.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use sluice_core::endpoint::SigningKey;

use super::Receiver;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What is wrong with an address. The address is not in it: it may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Not a URL.
    #[error("is not a URL")]
    NotAUrl,
    /// Neither `https` nor, on this machine, `http`.
    #[error("must begin with https:// (http:// is for loopback addresses only)")]
    Scheme,
    /// No client can be made, such as when the system has no certificates.
    #[error("cannot be called")]
    Client(#[source] reqwest::Error),
}

impl Receiver {
    /// A receiver at an address that shares a key with it.
    pub(crate) fn new(url: &str, key: SigningKey) -> Result<Self, AddressError> {
        let url: Url = url.parse().map_err(|_| AddressError::NotAUrl)?;
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("sluice/", env!("CARGO_PKG_VERSION")));
        let client = match url.scheme() {
            "https" => client.https_only(true),
            // Without TLS there is nothing to verify, so a machine without certificates will do.
            "http" if is_loopback(&url) => client.tls_certs_only([]),
            _ => return Err(AddressError::Scheme),
        };
        Ok(Self {
            http: client.build().map_err(AddressError::Client)?,
            url,
            key,
        })
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(url: &str) -> Result<Receiver, AddressError> {
        Receiver::new(url, "a key".parse().expect("a key"))
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in [
            "http://localhost:1/rows",
            "http://127.0.0.1/",
            "http://127.8.9.1:80",
            "http://[::1]:9/",
        ] {
            assert!(receiver(url).is_ok(), "{url}");
        }
        for url in [
            "http://shop.example/rows",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@shop.example/",
            "ftp://localhost/",
            "file:///etc/passwd",
        ] {
            let error = receiver(url).expect_err(url);
            assert!(matches!(error, AddressError::Scheme), "{url}: {error}");
        }
        for url in ["shop.example", "/rows", "https://"] {
            let error = receiver(url).expect_err(url);
            assert!(matches!(error, AddressError::NotAUrl), "{url}: {error}");
        }
    }
}
