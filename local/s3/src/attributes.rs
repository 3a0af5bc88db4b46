//! What S3 keeps about an object besides its bytes: the headers that it gives back on reading. Sluice
//! names a type, and nothing else.

use serde::{Deserialize, Serialize};

/// The type that S3 gives to an object whose writer named none.
pub(crate) const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// The headers of an object that its writer chose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
}

impl Attributes {
    /// The type that answers name.
    pub(crate) fn shown_type(self) -> String {
        self.content_type
            .unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned())
    }
}
