//! Clients for addresses that stations name. They connect to public addresses only: a name is resolved once,
//! by a resolver that refuses all others, and the connection goes to the very addresses that were checked.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url};
use sluice_webhooks::{check_url, may_be_called};
use tokio::net::lookup_host;

use super::{AddressError, builder};

/// The clients.
#[derive(Debug)]
pub struct PublicClients {
    this_machine: bool,
    https: OnceLock<Client>,
    http: OnceLock<Client>,
}

impl PublicClients {
    /// Clients that reach the public internet. With `this_machine`, which is for the system on one machine,
    /// loopback addresses, too.
    pub fn new(this_machine: bool) -> Self {
        Self {
            this_machine,
            https: OnceLock::new(),
            http: OnceLock::new(),
        }
    }

    /// Reads an address and returns the client for it. Addresses are checked when they are set up, and here once
    /// more: an IP address in a URL is not resolved.
    pub fn of(&self, url: &str) -> Result<(Url, Client), AddressError> {
        let url = check_url(url, self.this_machine)?;
        let resolver = Arc::new(PublicResolver {
            this_machine: self.this_machine,
        });
        let client = if url.scheme() == "https" {
            once(&self.https, || {
                builder().https_only(true).dns_resolver(resolver).build()
            })
        } else {
            once(&self.http, || {
                builder().tls_certs_only([]).dns_resolver(resolver).build()
            })
        };
        Ok((url, client.map_err(AddressError::Client)?))
    }
}

fn once(
    known: &OnceLock<Client>,
    build: impl FnOnce() -> reqwest::Result<Client>,
) -> reqwest::Result<Client> {
    if let Some(client) = known.get() {
        return Ok(client.clone());
    }
    let client = build()?;
    Ok(known.get_or_init(|| client).clone())
}

/// Resolves names to addresses that may be called.
#[derive(Debug)]
struct PublicResolver {
    this_machine: bool,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this_machine = self.this_machine;
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            let checked = checked(found, this_machine)?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}

/// All addresses of a name, if each may be called. A name that also leads elsewhere is not to be trusted.
fn checked(found: Vec<SocketAddr>, this_machine: bool) -> Result<Vec<SocketAddr>, Error> {
    let is_refused = |address: &SocketAddr| !may_be_called(address.ip(), this_machine);
    if found.is_empty() || found.iter().any(is_refused) {
        let msg = "the name leads to an address that is not public";
        return Err(Error::new(ErrorKind::PermissionDenied, msg));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_into_a_private_network_is_refused_as_a_whole() {
        let of = |addresses: &[&str]| {
            let parsed = addresses.iter().map(|one| one.parse().expect("an address"));
            checked(parsed.collect(), false).is_ok()
        };
        assert!(of(&["1.1.1.1:0", "[2606:4700::1]:0"]));
        for bad in [
            &[][..],
            &["10.0.0.1:0"],
            &["1.1.1.1:0", "169.254.169.254:0"],
            &["[::ffff:127.0.0.1]:0"],
        ] {
            assert!(!of(bad), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_called_only_by_the_system_on_one_machine() {
        let name = || "localhost".parse::<Name>().expect("a name");
        for this_machine in [false, true] {
            let resolver = PublicResolver { this_machine };
            assert_eq!(resolver.resolve(name()).await.is_ok(), this_machine);
        }
    }

    #[test]
    fn an_address_is_checked_once_more_before_it_is_called() {
        let clients = PublicClients::new(false);
        assert!(clients.of("https://shop.example/").is_ok());
        for bad in [
            "https://169.254.169.254/",
            "http://127.0.0.1/",
            "https://[::1]/",
        ] {
            assert!(clients.of(bad).is_err(), "{bad}");
        }
        assert!(PublicClients::new(true).of("http://127.0.0.1:1/").is_ok());
    }
}
