//! An e-mail address, in the form in which it can be compared and sent to: lower case, its domain in
//! ASCII (RFC 5890).

use std::borrow::Cow;

use sluice_basics::problem::ProblemCode;

use super::Fault;
use super::fold::fold;

/// RFC 5321, 4.5.3.1.1, and what a path of 256 octets leaves of an address.
const MAX_LOCAL: usize = 64;
const MAX_ADDRESS: usize = 254;

/// What the part before the `@` may have beside letters and digits (RFC 5322, 3.2.3).
const LOCAL_SIGNS: &[u8] = b".!#$%&'*+-/=?^_`{|}~";

pub(super) fn read(text: &str) -> Result<String, Fault> {
    let fault = |message: &str| Err(Fault::new(ProblemCode::NotAnEmail, message));
    let text = fold(text);
    let Some((local, domain)) = text.split_once('@') else {
        return fault("must be an e-mail address, such as name@example.com");
    };
    if domain.contains('@') {
        return fault("must be one e-mail address, such as name@example.com");
    }
    if !local.is_ascii() {
        return fault("must have Latin letters without accents before the @");
    }
    let Some(domain) = ascii_domain(domain) else {
        return fault("must end in a domain, such as @example.com");
    };
    if !is_local(local) {
        return fault("must be an e-mail address, such as name@example.com");
    }
    if local.len() > MAX_LOCAL || local.len() + 1 + domain.len() > MAX_ADDRESS {
        return fault("has at most 64 characters before the @, and 254 in all");
    }
    let mut address = String::with_capacity(local.len() + 1 + domain.len());
    address.push_str(local);
    address.push('@');
    address.push_str(&domain);
    address.make_ascii_lowercase();
    Ok(address)
}

/// Words of allowed characters with single dots between them.
fn is_local(local: &str) -> bool {
    let bytes = local.as_bytes();
    let is_allowed = |b: &u8| b.is_ascii_alphanumeric() || LOCAL_SIGNS.contains(b);
    !local.is_empty()
        && bytes.iter().all(is_allowed)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

/// The domain as the network knows it, if it can be one: at least two labels, the last not a
/// number.
fn ascii_domain(domain: &str) -> Option<Cow<'_, str>> {
    let domain = if domain.is_ascii() {
        Cow::Borrowed(domain)
    } else {
        Cow::Owned(idna::domain_to_ascii(domain).ok()?)
    };
    let mut labels = 0;
    let mut last = "";
    for label in domain.split('.') {
        let is_label = (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-');
        if !is_label {
            return None;
        }
        labels += 1;
        last = label;
    }
    let is_domain = labels > 1 && !last.bytes().all(|b| b.is_ascii_digit());
    is_domain.then_some(domain)
}
