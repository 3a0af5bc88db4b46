//! Writing texts in any encoding.

/// How a text is written.
#[derive(Clone, Copy)]
pub(super) enum Coding {
    /// In an encoding of the standard.
    Standard(&'static encoding_rs::Encoding),
    /// In a code page, by its upper half.
    Page(&'static str),
}

impl Coding {
    /// The bytes of a text, if all of it can be written so.
    pub(super) fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Standard(encoding) => {
                let (bytes, _, had_errors) = encoding.encode(text);
                (!had_errors).then(|| bytes.into_owned())
            }
            Self::Page(upper) => text
                .chars()
                .map(|character| {
                    if character.is_ascii() {
                        return u8::try_from(character).ok();
                    }
                    let place = upper.chars().position(|one| one == character)?;
                    u8::try_from(0x80 + place).ok()
                })
                .collect(),
        }
    }
}
