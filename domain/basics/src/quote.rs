//! Quoting what somebody sent, in a message that stays short whatever was sent.

/// Returns a text with at most about `chars` characters: the middle of a longer one is left out, so
/// that its beginning and its end can be seen.
pub fn shortened(text: &str, chars: usize) -> String {
    // Most texts are short, and bytes are counted at once.
    if text.len() <= chars || text.chars().count() <= chars {
        return text.to_owned();
    }
    let half = chars / 2;
    let beginning: String = text.chars().take(half).collect();
    let mut end: Vec<char> = text.chars().rev().take(half).collect();
    end.reverse();
    format!("{beginning} … {}", String::from_iter(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("会员会", 3), "会员会");
        assert_eq!(shortened("abcdefgh", 4), "ab … gh");
        assert_eq!(shortened(&"会".repeat(1_000_000), 10).chars().count(), 13);
    }
}
