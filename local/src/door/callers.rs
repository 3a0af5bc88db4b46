//! Who may call a port. It listens on loopback, which keeps other machines out but not the pages in
//! this machine's browser: a page can send requests to any address, and by DNS it can give the
//! loopback address a name of its own. Browsers say in `Host` which name they asked, and in `Origin`
//! which page asks.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The origin of a page that may call, such as `http://localhost:5173`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin(HeaderValue);

/// The names that a port answers to, and the pages that may call it.
#[derive(Clone, Debug)]
pub(crate) struct Callers {
    hosts: Vec<String>,
    origins: Vec<HeaderValue>,
}

impl Callers {
    /// Lets programs call, and no page.
    pub(crate) fn programs(address: SocketAddr) -> Self {
        let port = address.port();
        let mut hosts = vec![format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        if port == 80 {
            hosts.extend(["127.0.0.1".to_owned(), "localhost".to_owned()]);
        }
        Self {
            hosts,
            origins: Vec::new(),
        }
    }

    /// Lets programs call, the port's own pages, and those of `others`.
    pub(crate) fn programs_and_pages(address: SocketAddr, others: &[AllowedOrigin]) -> Self {
        let mut callers = Self::programs(address);
        let own = callers.hosts.iter();
        let own = own.filter_map(|host| HeaderValue::try_from(format!("http://{host}")).ok());
        callers.origins = own.collect();
        callers
            .origins
            .extend(others.iter().map(|other| other.0.clone()));
        callers
    }

    pub(super) fn origins(&self) -> &[HeaderValue] {
        &self.origins
    }

    fn refusal(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let is_ours = |host: &str| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let mut named = headers.get_all(header::HOST).into_iter();
        let is_named = match (named.next(), named.next()) {
            (Some(host), None) => host.to_str().is_ok_and(is_ours),
            _ => false,
        };
        let is_asked = uri.authority().is_none_or(|host| is_ours(host.as_str()));
        if !is_named || !is_asked {
            return Some(format!(
                "this port answers to the name {} only: use it in the address\n",
                self.hosts[0]
            ));
        }
        let is_allowed = |origin: &HeaderValue| self.origins.contains(origin);
        let mut origins = headers.get_all(header::ORIGIN).into_iter();
        if origins.all(is_allowed) {
            return None;
        }
        Some(if self.origins.is_empty() {
            "web pages may not call this port\n".to_owned()
        } else {
            "pages of this origin may not call: to allow a page of your own, start sluice with \
             --allow-origin and its origin, such as http://localhost:5173\n"
                .to_owned()
        })
    }
}

pub(super) async fn check(
    State(callers): State<Arc<Callers>>,
    request: Request,
    next: Next,
) -> Response {
    match callers.refusal(request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(message) => (StatusCode::FORBIDDEN, message).into_response(),
    }
}

impl FromStr for AllowedOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            || format!("{text:?} is not the origin of a page: write it as http://localhost:5173");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let (Some(scheme @ ("http" | "https")), Some(authority), "/", None) =
            (uri.scheme_str(), uri.authority(), uri.path(), uri.query())
        else {
            return Err(wrong());
        };
        if authority.as_str().contains('@') || authority.host().contains('*') {
            return Err(wrong());
        }
        // As browsers write it: in lower case, without the port that the scheme implies.
        let host = authority.host().to_ascii_lowercase();
        let origin = match (scheme, authority.port_u16()) {
            ("http", Some(80)) | ("https", Some(443)) | (_, None) => format!("{scheme}://{host}"),
            (_, Some(port)) => format!("{scheme}://{host}:{port}"),
        };
        HeaderValue::try_from(origin).map(Self).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 9_300))
    }

    fn is_refused(callers: &Callers, headers: &[(&'static str, &'static str)]) -> bool {
        asked(callers, "/", headers).is_some()
    }

    fn asked(callers: &Callers, uri: &str, headers: &[(&'static str, &str)]) -> Option<String> {
        let uri = uri.parse().expect("a URI");
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a value"));
        }
        callers.refusal(&uri, &map)
    }

    #[test]
    fn a_port_answers_to_its_own_names_only() {
        let callers = Callers::programs_and_pages(address(), &[]);
        for host in ["127.0.0.1:9300", "localhost:9300", "LocalHost:9300"] {
            assert_eq!(asked(&callers, "/", &[("host", host)]), None, "{host}");
        }
        for host in [
            "attacker.example:9300",
            "attacker.example",
            "127.0.0.1.nip.io:9300",
            "localhost.attacker.example:9300",
            "127.0.0.1:80",
            "127.0.0.1",
            "0.0.0.0:9300",
            "user@127.0.0.1:9300",
            "",
        ] {
            assert!(asked(&callers, "/", &[("host", host)]).is_some(), "{host}");
        }
        assert!(is_refused(&callers, &[]), "no name at all");
        let own = ("host", "127.0.0.1:9300");
        assert!(is_refused(&callers, &[own, ("host", "attacker.example")]));
        let whole = asked(&callers, "http://attacker.example:9300/", &[own]);
        assert!(whole.is_some(), "the name in the request line counts, too");
    }

    #[test]
    fn pages_of_other_origins_may_not_call() {
        let own = ("host", "127.0.0.1:9300");
        let callers = Callers::programs_and_pages(address(), &[]);
        assert!(!is_refused(&callers, &[own]), "programs have no origin");
        for origin in ["http://127.0.0.1:9300", "http://localhost:9300"] {
            assert!(!is_refused(&callers, &[own, ("origin", origin)]));
        }
        for origin in [
            "null",
            "http://localhost:9301",
            "https://127.0.0.1:9300",
            "http://attacker.example",
            "http://127.0.0.1:9300.attacker.example",
        ] {
            assert!(is_refused(&callers, &[own, ("origin", origin)]), "{origin}");
        }
        let other = "http://LOCALHOST:5173/".parse().expect("an origin");
        let callers = Callers::programs_and_pages(address(), &[other]);
        let allowed = ("origin", "http://localhost:5173");
        assert!(!is_refused(&callers, &[own, allowed]));
        assert!(is_refused(&callers, &[own, allowed, ("origin", "null")]));
        let callers = Callers::programs(address());
        assert!(is_refused(
            &callers,
            &[own, ("origin", "http://127.0.0.1:9300")]
        ));
    }

    #[test]
    fn an_allowed_origin_is_one_origin() {
        let read = |text: &str| text.parse::<AllowedOrigin>();
        let same = |text: &str| AllowedOrigin(text.parse().expect("a value"));
        assert_eq!(read("https://a.example:443"), Ok(same("https://a.example")));
        assert_eq!(
            read("http://a.example:8080/"),
            Ok(same("http://a.example:8080"))
        );
        for text in [
            "*",
            "null",
            "localhost:5173",
            "http://*.example",
            "http://a.example/path",
            "http://me@a.example",
            "ftp://a.example",
            "",
        ] {
            let refused = read(text).expect_err(text);
            assert!(refused.contains("http://localhost:5173"), "{refused}");
        }
    }
}
