//! What a template is called, and in which language it is.

use crate::ids::text_id;

/// Why a text names no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A name has other characters or another length.
    #[error("a template's name has 1 to 64 lower-case letters, digits, '-' and '_'")]
    Template,
    /// A language has another form.
    #[error(
        "a language is written as en, zh-CN or zh-Hant-TW: two or three small letters, and perhaps a script \
         and a region"
    )]
    Language,
}

text_id!(
    /// A template's name, unique in its station.
    TemplateName,
    NameError::Template,
    64,
    "^[a-z0-9_-]+$",
    |text| {
        let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        (1..=64).contains(&text.len()) && text.bytes().all(is_letter)
    }
);

text_id!(
    /// A language, as BCP 47 writes it: `en`, `zh-CN`, `zh-Hant-TW`.
    Language,
    NameError::Language,
    12,
    "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
    is_language
);

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_lowercase()) {
        return false;
    }
    let rest: Vec<&str> = parts.collect();
    match rest.as_slice() {
        [] => true,
        [one] => is_script(one) || is_region(one),
        [script, region] => is_script(script) && is_region(region),
        _ => false,
    }
}

fn is_script(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 4
        && bytes[0].is_ascii_uppercase()
        && bytes[1..].iter().all(u8::is_ascii_lowercase)
}

fn is_region(text: &str) -> bool {
    let is_all = |of: fn(&u8) -> bool| text.as_bytes().iter().all(of);
    match text.len() {
        2 => is_all(u8::is_ascii_uppercase),
        3 => is_all(u8::is_ascii_digit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema as _, SchemaGenerator};

    use super::*;

    #[test]
    fn languages_are_written_in_one_way() {
        for right in ["en", "zh-CN", "zh-Hant", "zh-Hant-TW", "es-419", "yue-HK"] {
            assert!(right.parse::<Language>().is_ok(), "{right}");
        }
        for wrong in [
            "",
            "EN",
            "zh_CN",
            "zh-cn",
            "english",
            "en-",
            "en-US-x",
            "zh-TW-Hant",
            "e1",
        ] {
            assert_eq!(
                wrong.parse::<Language>(),
                Err(NameError::Language),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_pattern_of_the_schema_is_what_is_taken() {
        let pattern = Language::json_schema(&mut SchemaGenerator::default());
        let pattern = pattern.get("pattern").and_then(|pattern| pattern.as_str());
        let pattern = regex::Regex::new(pattern.expect("a pattern")).expect("a pattern");
        for text in [
            "en",
            "zh-Hant-TW",
            "es-419",
            "zh-cn",
            "en-",
            "zh-TW-Hant",
            "abcd",
            "a-BC",
        ] {
            assert_eq!(
                pattern.is_match(text),
                text.parse::<Language>().is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_name_cannot_leave_its_place_in_a_key() {
        for wrong in ["", "a#b", "a/b", "Welcome", "ä", &"a".repeat(65)] {
            assert_eq!(
                wrong.parse::<TemplateName>(),
                Err(NameError::Template),
                "{wrong}"
            );
        }
        assert!("welcome-2_b".parse::<TemplateName>().is_ok());
    }
}
