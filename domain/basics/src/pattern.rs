//! Sentences with places for values, read backwards: a value in braces, `{name}` text and `{name#}` a whole number.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

/// All patterns, in their order.
pub struct Patterns(Vec<Pattern>);

struct Pattern {
    code: &'static str,
    whole: Regex,
    names: Vec<(&'static str, bool)>,
    /// What a text begins with that follows it: most patterns are passed over by this.
    start: &'static str,
}

impl Patterns {
    /// Patterns and the codes that they stand for.
    pub fn new(table: &[(&'static str, &'static str)]) -> Self {
        let patterns = table.iter();
        Self(
            patterns
                .filter_map(|(code, text)| Pattern::new(code, text))
                .collect(),
        )
    }

    /// The first pattern that all of a text follows, and its values.
    pub fn read(&self, text: &str) -> Option<(&'static str, BTreeMap<&'static str, Value>)> {
        self.0.iter().find_map(|pattern| {
            let values = pattern.values(text)?;
            Some((pattern.code, values))
        })
    }
}

impl Pattern {
    /// None for a text that is no pattern: a test reads all of the table.
    fn new(code: &'static str, text: &'static str) -> Option<Self> {
        let mut whole = String::from("^(?s)");
        for (place, piece) in text.split(['{', '}']).enumerate() {
            whole.push_str(&match (place % 2, piece.ends_with('#')) {
                (0, _) => regex::escape(piece),
                (_, true) => "([0-9]+)".to_owned(),
                (_, false) => "(.*?)".to_owned(),
            });
        }
        whole.push('$');
        Some(Self {
            code,
            whole: Regex::new(&whole).ok()?,
            names: names(text).collect(),
            start: text.split('{').next().unwrap_or_default(),
        })
    }

    fn values(&self, text: &str) -> Option<BTreeMap<&'static str, Value>> {
        if !text.starts_with(self.start) {
            return None;
        }
        let found = self.whole.captures(text)?;
        let values = found.iter().skip(1).flatten();
        let named = self
            .names
            .iter()
            .zip(values)
            .map(|(&(name, is_number), value)| {
                let value = value.as_str();
                let number = is_number.then(|| value.parse::<u64>().ok()).flatten();
                (name, number.map_or_else(|| value.into(), Value::from))
            });
        Some(named.collect())
    }
}

/// The names of a pattern's values, and which of them are numbers.
pub fn names(pattern: &'static str) -> impl Iterator<Item = (&'static str, bool)> {
    let places = pattern.split(['{', '}']).skip(1).step_by(2);
    places.map(|place| match place.strip_suffix('#') {
        Some(name) => (name, true),
        None => (place, false),
    })
}
