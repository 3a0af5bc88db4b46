//! How cells show their numbers: each cell names a style, each style a number format.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::number_format::NumberFormat;
use super::package::Package;
use super::xml::Token;
use crate::{FormatError, Limits};

/// Excel has at most some 65,000 styles and 250 formats.
const LIMITS: Limits = Limits {
    output_bytes: 64 << 20,
    ratio: u64::MAX,
    unmeasured_bytes: 64 << 20,
};

/// The number format of each style.
#[derive(Default)]
pub(super) struct Styles {
    formats: Vec<NumberFormat>,
}

impl Styles {
    pub(super) fn read<R: Read + Seek>(
        package: &Package<R>,
        part: &str,
    ) -> Result<Self, FormatError> {
        let Some(mut part) = package.find_part(part, LIMITS)? else {
            return Ok(Self::default());
        };
        let mut own: HashMap<u32, NumberFormat> = HashMap::new();
        let mut ids: Vec<u32> = Vec::new();
        let mut in_styles = false;
        loop {
            match part.next()? {
                Token::Start(element) => {
                    let (mut id, mut format) = (0, None);
                    let is_style = in_styles && element.local() == b"xf";
                    let is_format = element.local() == b"numFmt";
                    in_styles |= element.local() == b"cellXfs";
                    if !is_style && !is_format {
                        continue;
                    }
                    element.attributes(|name, value| {
                        match name {
                            b"numFmtId" => id = value.parse().unwrap_or_default(),
                            b"formatCode" => format = Some(NumberFormat::of_code(&value)),
                            _ => {}
                        }
                        Ok(())
                    })?;
                    if is_style {
                        ids.push(id);
                    } else if let Some(format) = format {
                        own.insert(id, format);
                    }
                }
                Token::End(name) if name.local() == b"cellXfs" => in_styles = false,
                Token::Eof => break,
                _ => {}
            }
        }
        let format = |id: &u32| own.get(id).copied().unwrap_or(NumberFormat::of_id(*id));
        Ok(Self {
            formats: ids.iter().map(format).collect(),
        })
    }

    /// The number format of the style of this number, from 0.
    pub(super) fn format(&self, style: usize) -> NumberFormat {
        self.formats.get(style).copied().unwrap_or_default()
    }
}
