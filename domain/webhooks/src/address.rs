//! Where webhooks may lead: to the public internet, and nowhere into the network that Sluice runs in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The longest address of a webhook.
pub const MAX_URL_CHARS: usize = 500;

/// IPv4 networks that are not the public internet.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// All that is public in IPv6: global unicast.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks in it that are not public, or that stand for an IPv4 address.
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Ends of names that no public DNS has.
const PRIVATE_NAMES: [&str; 5] = [
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".in-addr.arpa",
];

/// Why an address cannot be that of a webhook. The address is not in it: it may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// Too long.
    #[error("has more than {MAX_URL_CHARS} characters")]
    TooLong,
    /// Not a URL.
    #[error("is not a URL")]
    NotAUrl,
    /// Not `https`.
    #[error("must begin with https://")]
    Scheme,
    /// It names a user.
    #[error("must have no user name and no password: the signature says who sends")]
    User,
    /// It has a fragment, which is never sent.
    #[error("must have no fragment (#…)")]
    Fragment,
    /// It leads into a private network, or nowhere.
    #[error("must lead to a public address: private, local and reserved ones are not called")]
    NotPublic,
}

/// Reads the address of a webhook. With `this_machine`, which is for the system on one machine, loopback
/// addresses are taken as well, also without TLS.
pub fn check_url(text: &str, this_machine: bool) -> Result<Url, UrlProblem> {
    if text.chars().count() > MAX_URL_CHARS {
        return Err(UrlProblem::TooLong);
    }
    let url: Url = text.parse().map_err(|_| UrlProblem::NotAUrl)?;
    let is_local = this_machine && is_this_machine(&url);
    match url.scheme() {
        "https" => {}
        "http" if is_local => {}
        _ => return Err(UrlProblem::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlProblem::User);
    }
    if url.fragment().is_some() {
        return Err(UrlProblem::Fragment);
    }
    let is_public = match url.host() {
        None => return Err(UrlProblem::NotAUrl),
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(name)) => is_public_name(name),
    };
    if is_public || is_local {
        Ok(url)
    } else {
        Err(UrlProblem::NotPublic)
    }
}

/// Whether an address may be connected to.
pub fn may_be_called(address: IpAddr, this_machine: bool) -> bool {
    is_public(address) || (this_machine && address.to_canonical().is_loopback())
}

/// Whether an address is part of the public internet. IPv6 addresses that stand for IPv4 ones are not.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| is_in_v4(address, *network)),
        IpAddr::V6(address) => {
            is_in_v6(address, GLOBAL_V6)
                && !SPECIAL_V6.iter().any(|network| is_in_v6(address, *network))
        }
    }
}

fn is_in_v4(address: Ipv4Addr, (network, bits): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()) >> (32 - bits) == 0
}

fn is_in_v6(address: Ipv6Addr, (network, bits): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ network.to_bits()) >> (128 - bits) == 0
}

/// A name without a dot is one of a private network, too.
fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.contains('.') && !PRIVATE_NAMES.iter().any(|end| name.ends_with(end))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn addresses_of_the_public_internet_are_told_from_all_others() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450:4001:80b::200e",
        ] {
            assert!(is_public(address(public)), "{public}");
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            // The metadata of instances and containers.
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            // IPv4 in IPv6: mapped, compatible, NAT64, 6to4, Teredo.
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:a00:1::1",
            "2001:0:4136:e378::1",
            "100::1",
            "2001:db8::1",
            "2001:2::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            let special = address(special);
            assert!(!is_public(special), "{special}");
            assert_eq!(
                may_be_called(special, true),
                special.to_canonical().is_loopback(),
                "{special}"
            );
            assert!(!may_be_called(special, false), "{special}");
        }
    }

    #[test]
    fn a_webhook_leads_to_a_public_name_over_tls() {
        for good in [
            "https://shop.example/hooks/sluice?shop=7",
            "https://shop.example:8443/",
            "https://bücher.example/",
            "https://8.8.8.8/",
            "https://[2606:4700::1]/x",
        ] {
            assert!(check_url(good, false).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", UrlProblem::NotAUrl),
            ("shop.example", UrlProblem::NotAUrl),
            ("https://", UrlProblem::NotAUrl),
            ("http://shop.example/", UrlProblem::Scheme),
            ("http://localhost/", UrlProblem::Scheme),
            ("ftp://shop.example/", UrlProblem::Scheme),
            ("file:///etc/passwd", UrlProblem::Scheme),
            ("https://user:pass@shop.example/", UrlProblem::User),
            ("https://user@shop.example/", UrlProblem::User),
            ("https://:pass@shop.example/", UrlProblem::User),
            ("https://shop.example/#x", UrlProblem::Fragment),
            ("https://169.254.169.254/latest", UrlProblem::NotPublic),
            ("https://127.0.0.1/", UrlProblem::NotPublic),
            // The same address, written in other ways.
            ("https://2130706433/", UrlProblem::NotPublic),
            ("https://0x7f.1/", UrlProblem::NotPublic),
            ("https://0177.0.0.1/", UrlProblem::NotPublic),
            ("https://１２７.0.0.1/", UrlProblem::NotPublic),
            ("https://[::1]/", UrlProblem::NotPublic),
            ("https://[::ffff:10.0.0.1]/", UrlProblem::NotPublic),
            ("https://localhost/", UrlProblem::NotPublic),
            ("https://LOCALHOST./", UrlProblem::NotPublic),
            ("https://a.localhost/", UrlProblem::NotPublic),
            ("https://printer.local/", UrlProblem::NotPublic),
            ("https://metadata.google.internal/", UrlProblem::NotPublic),
            ("https://intranet/", UrlProblem::NotPublic),
        ] {
            assert_eq!(check_url(bad, false).err(), Some(why), "{bad}");
        }
        let long = format!("https://shop.example/{}", "x".repeat(MAX_URL_CHARS));
        assert_eq!(check_url(&long, false).err(), Some(UrlProblem::TooLong));
    }

    #[test]
    fn the_system_on_one_machine_also_calls_that_machine_and_no_other_private_one() {
        for good in [
            "http://127.0.0.1:8080/x",
            "http://localhost:1/",
            "https://localhost/",
            "http://[::1]:9/",
        ] {
            assert!(check_url(good, true).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://10.0.0.1/", UrlProblem::Scheme),
            ("https://10.0.0.1/", UrlProblem::NotPublic),
            ("https://169.254.169.254/", UrlProblem::NotPublic),
            ("http://localhost.example/", UrlProblem::Scheme),
            ("http://127.0.0.1@shop.example/", UrlProblem::Scheme),
        ] {
            assert_eq!(check_url(bad, true).err(), Some(why), "{bad}");
        }
    }
}
