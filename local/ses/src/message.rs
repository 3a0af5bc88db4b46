//! An e-mail, and the file that it becomes.

use std::str::FromStr as _;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::request::Pair;
use crate::simulator::Fate;

/// An e-mail that was accepted.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) reply_to: Vec<String>,
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) headers: Vec<Pair>,
    pub(crate) tags: Vec<Pair>,
    pub(crate) configuration_set: Option<String>,
    pub(crate) fate: Fate,
}

/// Headers that SES makes itself.
const OF_SES: [&str; 13] = [
    "bcc",
    "cc",
    "content-disposition",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
];

impl Message {
    /// Its file: RFC 5322 with MIME.
    pub(crate) fn eml(&self) -> Result<Vec<u8>, String> {
        let mut builder = lettre::Message::builder()
            .from(mailbox(&self.from)?)
            .to(mailbox(&self.to)?)
            .subject(self.subject.as_str())
            .message_id(Some(format!("<{}@email.amazonses.com>", self.id)));
        for address in &self.reply_to {
            builder = builder.reply_to(mailbox(address)?);
        }
        let text = |text: &String| SinglePart::plain(text.clone());
        let html = |html: &String| SinglePart::html(html.clone());
        let built = match (&self.text, &self.html) {
            (Some(plain), Some(rich)) => {
                let parts = MultiPart::alternative()
                    .singlepart(text(plain))
                    .singlepart(html(rich));
                builder.multipart(parts)
            }
            (Some(plain), None) => builder.singlepart(text(plain)),
            (None, Some(rich)) => builder.singlepart(html(rich)),
            (None, None) => builder.singlepart(SinglePart::plain(String::new())),
        };
        let mut built = built.map_err(|error| error.to_string())?;
        for header in &self.headers {
            let name = HeaderName::new_from_ascii(header.name.clone());
            let name = name.map_err(|error| error.to_string())?;
            let value = HeaderValue::new(name, header.value.clone());
            built.headers_mut().insert_raw(value);
        }
        Ok(built.formatted())
    }
}

/// Reads an address, with or without a name: `Ann <ann@example.com>`.
pub(crate) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let mailbox = Mailbox::from_str(text).map_err(|error| error.to_string())?;
    let local = mailbox.email.user();
    if !local.is_ascii() {
        return Err("Local address contains control or non-ASCII characters".to_owned());
    }
    Ok(mailbox)
}

/// Whether an e-mail may have this header.
pub(crate) fn check_header(header: &Pair) -> Result<(), String> {
    let is_name = |b: u8| b.is_ascii_graphic() && b != b':';
    let is_value = |b: u8| b == b' ' || b.is_ascii_graphic();
    let name = header.name.to_ascii_lowercase();
    let well_formed = !name.is_empty()
        && name.len() <= 126
        && name.bytes().all(is_name)
        && header.value.len() <= 870
        && header.value.bytes().all(is_value);
    if !well_formed {
        return Err(format!("Invalid header: {}", header.name));
    }
    if OF_SES.contains(&name.as_str()) || name.starts_with("x-ses-") {
        return Err(format!("The header {} cannot be set", header.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> Pair {
        Pair {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn a_file_has_both_texts_and_the_headers() {
        let message = Message {
            id: "id-1".to_owned(),
            from: "Shop <shop@example.com>".to_owned(),
            to: "ann@example.com".to_owned(),
            reply_to: vec!["help@example.com".to_owned()],
            subject: "Willkommen, Zoë".to_owned(),
            text: Some("Hello".to_owned()),
            html: Some("<p>Hello</p>".to_owned()),
            headers: vec![pair("List-Unsubscribe", "<https://example.com/u/1>")],
            tags: Vec::new(),
            configuration_set: None,
            fate: Fate::Delivered,
        };
        let file = String::from_utf8(message.eml().unwrap()).unwrap();
        for part in [
            "To: ann@example.com\r\n",
            "Reply-To: help@example.com\r\n",
            "List-Unsubscribe: <https://example.com/u/1>\r\n",
            "Message-ID: <id-1@email.amazonses.com>\r\n",
            "multipart/alternative",
            "<p>Hello</p>",
        ] {
            assert!(file.contains(part), "{part} in {file}");
        }
        assert!(file.contains("Subject: Willkommen, =?utf-8?"), "{file}");
    }

    #[test]
    fn headers_that_would_break_the_message_are_refused() {
        assert!(check_header(&pair("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")).is_ok());
        for (name, value) in [
            ("To", "eve@example.com"),
            ("X-Split", "a\r\nBcc: eve@example.com"),
            ("Bad Name", "a"),
            ("", "a"),
        ] {
            assert!(check_header(&pair(name, value)).is_err(), "{name}");
        }
    }
}
