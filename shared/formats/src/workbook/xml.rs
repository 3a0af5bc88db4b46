//! A part's XML, token by token: no namespaces, no entities but the predefined ones, and nothing
//! that grows with what the part says.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::damage::{damaged, read_error};
use crate::FormatError;

/// The longest tag or run of text. Excel's cells have at most 32,767 characters.
const MAX_TOKEN_BYTES: usize = 4 << 20;

/// Sheets are nested some ten deep.
const MAX_DEPTH: usize = 256;

/// A part's name, for messages.
#[derive(Clone, Debug)]
pub(super) struct PartName(String);

impl PartName {
    pub(super) fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(super) fn damaged(&self, problem: &str) -> FormatError {
        damaged(&self.0, problem)
    }
}

/// What is read.
pub(super) enum Token<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// The element of this name ends; also after an empty one.
    End(Name<'a>),
    /// Text, in one piece or more.
    Text(Cow<'a, str>),
    /// Comments and the like.
    Other,
    /// The part has ended, and all its elements have.
    Eof,
}

/// The name of an element that ends.
pub(super) struct Name<'a>(BytesEnd<'a>);

impl Name<'_> {
    /// Without its prefix.
    pub(super) fn local(&self) -> &[u8] {
        self.0.local_name().into_inner()
    }
}

/// An element that begins.
pub(super) struct Element<'a> {
    tag: BytesStart<'a>,
    part: &'a PartName,
}

impl Element<'_> {
    /// Its name without the prefix.
    pub(super) fn local(&self) -> &[u8] {
        self.tag.local_name().into_inner()
    }

    /// Shows each attribute, by its name without the prefix, until all are seen.
    pub(super) fn attributes(
        &self,
        mut visit: impl FnMut(&[u8], Cow<'_, str>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        for attribute in self.tag.attributes().with_checks(false) {
            let Ok(attribute) = attribute else {
                return Err(self.part.damaged("has a malformed tag"));
            };
            let value = self.value(&attribute)?;
            visit(attribute.key.local_name().as_ref(), value)?;
        }
        Ok(())
    }

    fn value<'v>(&self, attribute: &'v Attribute<'_>) -> Result<Cow<'v, str>, FormatError> {
        let is_plain = |byte: &u8| (b' '..0x7F).contains(byte) && *byte != b'&';
        if attribute.value.iter().all(is_plain)
            && let Ok(plain) = std::str::from_utf8(&attribute.value)
        {
            return Ok(Cow::Borrowed(plain));
        }
        let value = attribute.normalized_value(XmlVersion::Explicit1_0);
        value.map_err(|_| self.part.damaged("has a malformed attribute"))
    }
}

/// Reads one part.
pub(super) struct XmlReader<R> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    depth: usize,
    part: PartName,
}

impl<R: BufRead> XmlReader<R> {
    pub(super) fn new(text: R, part: PartName) -> Self {
        let mut reader = Reader::from_reader(Metered {
            inner: text,
            token_bytes: 0,
        });
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
            part,
        }
    }

    pub(super) fn part(&self) -> &PartName {
        &self.part
    }

    pub(super) fn next(&mut self) -> Result<Token<'_>, FormatError> {
        let Self {
            reader,
            buffer,
            depth,
            part,
        } = self;
        buffer.clear();
        reader.get_mut().token_bytes = 0;
        let event = match reader.read_event_into(buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) => return Err(read_error(&part.0, &error)),
            Err(_) => return Err(part.damaged("is no well-formed XML")),
        };
        let no_text = |_| part.damaged("has text that is not UTF-8");
        Ok(match event {
            Event::Start(tag) => {
                *depth += 1;
                if *depth > MAX_DEPTH {
                    return Err(part.damaged("is nested too deep"));
                }
                Token::Start(Element { tag, part })
            }
            Event::End(tag) => {
                *depth = depth.saturating_sub(1);
                Token::End(Name(tag))
            }
            Event::Text(text) => Token::Text(text.xml10_content().map_err(no_text)?),
            Event::CData(text) => Token::Text(text.xml10_content().map_err(no_text)?),
            Event::GeneralRef(reference) => {
                let unknown = || part.damaged("has an unknown entity");
                let name = reference.decode().map_err(no_text)?;
                match reference.resolve_char_ref().map_err(|_| unknown())? {
                    Some(character) => Token::Text(Cow::Owned(character.into())),
                    None => Token::Text(Cow::Borrowed(
                        resolve_predefined_entity(&name).ok_or_else(unknown)?,
                    )),
                }
            }
            Event::Eof if *depth > 0 => return Err(part.damaged("is cut off")),
            Event::Eof => Token::Eof,
            _ => Token::Other,
        })
    }
}

/// Bounds the bytes of one token, which the XML reader holds in memory.
struct Metered<R> {
    inner: R,
    token_bytes: usize,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.token_bytes > MAX_TOKEN_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.token_bytes += bytes;
        self.inner.consume(bytes);
    }
}
