//! What S3 keeps about an object besides its bytes: the headers that it gives back on reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The type that S3 gives to an object whose writer named none.
pub(crate) const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// The headers of an object that its writer chose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    /// The `x-amz-meta-*` headers, without the prefix.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Copies the descriptive fields of a request of `s3s` into [`Attributes`].
macro_rules! attributes_of {
    ($message:expr) => {
        $crate::attributes::Attributes {
            content_type: $message.content_type.clone(),
            content_encoding: $message.content_encoding.clone(),
            content_disposition: $message.content_disposition.clone(),
            content_language: $message.content_language.clone(),
            cache_control: $message.cache_control.clone(),
            metadata: $message.metadata.clone().into_iter().flatten().collect(),
        }
    };
}

/// Copies [`Attributes`] into the descriptive fields of an answer of `s3s`.
macro_rules! set_attributes {
    ($message:expr, $attributes:expr) => {{
        let attributes: $crate::attributes::Attributes = $attributes;
        $message.content_type = attributes
            .content_type
            .or_else(|| Some($crate::attributes::DEFAULT_CONTENT_TYPE.to_owned()));
        $message.content_encoding = attributes.content_encoding;
        $message.content_disposition = attributes.content_disposition;
        $message.content_language = attributes.content_language;
        $message.cache_control = attributes.cache_control;
        $message.metadata = Some(attributes.metadata.into_iter().collect());
    }};
}

pub(crate) use {attributes_of, set_attributes};
