//! Which trace a piece of work belongs to, in the form in which AWS hands it on: from Lambda to the
//! function, in a task's record, and as a system attribute of messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A trace, and the segment under which the next one stands: `Root=1-…;Parent=…;Sampled=1`.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Trace {
    root: String,
    parent: Option<SegmentId>,
    is_sampled: bool,
}

/// Names a segment in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SegmentId(pub u64);

/// A header that names no trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tracing header names no trace")]
pub struct NoTrace;

impl Trace {
    /// A new trace that begins at `seconds` since 1970. Of `random`, 96 bits are used.
    pub fn begin(seconds: u32, random: u128, is_sampled: bool) -> Self {
        Self {
            root: format!("1-{seconds:08x}-{:024x}", random & ((1 << 96) - 1)),
            parent: None,
            is_sampled,
        }
    }

    /// The trace's id.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The segment under which the next one stands, if there is one.
    pub fn parent(&self) -> Option<SegmentId> {
        self.parent
    }

    /// Whether segments are to be sent. Who begins a trace decides that for all who go on with it.
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    /// The same trace for what is done under a segment.
    #[must_use]
    pub fn under(&self, segment: SegmentId) -> Self {
        Self {
            parent: Some(segment),
            ..self.clone()
        }
    }

    /// The same trace for what is to be shown in it.
    #[must_use]
    pub fn sampled(&self) -> Self {
        Self {
            is_sampled: true,
            ..self.clone()
        }
    }

    /// The same trace for what is not to be shown in it.
    #[must_use]
    pub fn unsampled(&self) -> Self {
        Self {
            is_sampled: false,
            ..self.clone()
        }
    }
}

impl FromStr for Trace {
    type Err = NoTrace;

    fn from_str(header: &str) -> Result<Self, NoTrace> {
        let field = |name: &str| {
            let mut fields = header.split(';').filter_map(|field| field.split_once('='));
            let (_, value) = fields.find(|(found, _)| found.trim() == name)?;
            Some(value.trim())
        };
        let root = field("Root").filter(|root| is_root(root)).ok_or(NoTrace)?;
        Ok(Self {
            root: root.to_owned(),
            parent: field("Parent").and_then(|parent| parent.parse().ok()),
            is_sampled: field("Sampled") == Some("1"),
        })
    }
}

impl TryFrom<String> for Trace {
    type Error = NoTrace;

    fn try_from(header: String) -> Result<Self, NoTrace> {
        header.parse()
    }
}

impl From<Trace> for String {
    fn from(trace: Trace) -> Self {
        trace.to_string()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root={}", self.root)?;
        if let Some(parent) = self.parent {
            write!(f, ";Parent={parent}")?;
        }
        write!(f, ";Sampled={}", u8::from(self.is_sampled))
    }
}

impl FromStr for SegmentId {
    type Err = NoTrace;

    fn from_str(text: &str) -> Result<Self, NoTrace> {
        let number = is_hex(text, 16).then(|| u64::from_str_radix(text, 16));
        number.and_then(Result::ok).map(Self).ok_or(NoTrace)
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// `1-<8 hexadecimal digits of seconds>-<24 random ones>`
fn is_root(text: &str) -> bool {
    let mut parts = text.split('-');
    parts.next() == Some("1")
        && parts.next().is_some_and(|time| is_hex(time, 8))
        && parts.next().is_some_and(|unique| is_hex(unique, 24))
        && parts.next().is_none()
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn a_header_is_read_and_written_without_what_is_not_known() {
        let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1");
        let trace: Trace = header.parse().expect("a trace");
        assert_eq!(trace.root(), ROOT);
        assert!(trace.is_sampled());
        assert_eq!(
            trace.to_string(),
            format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1")
        );
        let next = trace.under(SegmentId(7)).unsampled();
        assert_eq!(
            next.to_string(),
            format!("Root={ROOT};Parent=0000000000000007;Sampled=0")
        );
    }

    #[test]
    fn only_a_trace_that_says_so_is_sampled() {
        for (end, is_sampled) in [
            ("", false),
            (";Sampled=?", false),
            (";Sampled=0", false),
            (";Sampled=1", true),
        ] {
            let trace: Trace = format!("Root={ROOT}{end}").parse().expect("a trace");
            assert_eq!((trace.is_sampled(), trace.parent()), (is_sampled, None));
        }
    }

    #[test]
    fn what_names_no_trace_is_none() {
        for header in [
            "",
            "Sampled=1",
            "Root=1-2-3",
            "Root=2-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e988-bd862e3fe1be46a99427279g",
            "Root=1-5759e988-bd862e3fe1be46a994272793-0",
        ] {
            assert_eq!(header.parse::<Trace>(), Err(NoTrace), "{header}");
        }
    }

    #[test]
    fn a_trace_that_begins_has_a_root_that_can_be_read() {
        let trace = Trace::begin(u32::MAX, u128::MAX, true);
        assert_eq!(trace.to_string().parse(), Ok(trace));
    }
}
