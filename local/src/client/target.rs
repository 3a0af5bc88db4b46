//! A deployed system: where it is, and with what to sign in.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// The address of an API, such as `https://api.example.com`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiUrl(String);

impl ApiUrl {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text
            .trim()
            .parse()
            .map_err(|_| "write it as https://api.example.com".to_owned())?;
        let host = url.host_str().unwrap_or_default();
        let is_here = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            "http" => {
                return Err(
                    "use https: over http others on the way can read the token and the file"
                        .to_owned(),
                );
            }
            _ => return Err("write it as https://api.example.com".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("leave out the user: the token goes into SLUICE_TOKEN".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("leave out what stands behind ? or #".to_owned());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A bearer token, which no log and no message shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let token = text.strip_prefix("Bearer ").unwrap_or(text).trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            // Clap shows the value that it refuses, so nothing is refused here.
            return Ok(Self(String::new()));
        }
        Ok(Self(token.to_owned()))
    }
}

impl Token {
    /// Whether it can be a token at all.
    pub(crate) fn is_usable(&self) -> bool {
        !self.0.is_empty()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_is_named_by_its_address_and_called_over_https_or_on_this_machine() {
        for (given, read) in [
            ("https://api.example.com", "https://api.example.com"),
            (
                "https://api.example.com/stage/",
                "https://api.example.com/stage",
            ),
            ("http://127.0.0.1:9300/", "http://127.0.0.1:9300"),
            ("http://localhost:9300", "http://localhost:9300"),
            ("http://[::1]:9300", "http://[::1]:9300"),
        ] {
            let url: ApiUrl = given.parse().expect(given);
            assert_eq!(url.as_str(), read);
        }
        for (given, told) in [
            ("http://api.example.com", "use https"),
            ("http://127.0.0.1.example.com", "use https"),
            ("api.example.com", "https://api.example.com"),
            ("ftp://api.example.com", "https://api.example.com"),
            ("https://me@api.example.com", "SLUICE_TOKEN"),
            ("https://api.example.com?x=1", "?"),
        ] {
            let refused = given.parse::<ApiUrl>().expect_err(given);
            assert!(refused.contains(told), "{refused}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let token: Token = " Bearer abc.def.ghi\n".parse().expect("a token");
        assert_eq!(token.as_str(), "abc.def.ghi");
        assert!(!format!("{token:?}").contains("abc"));
        for text in ["", "two words", "ünicode"] {
            assert!(!text.parse::<Token>().expect("no error").is_usable());
        }
    }
}
