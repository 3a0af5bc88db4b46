//! The forms of files with orders: a station's own, in the bucket, or those that are compiled in.

use sluice_basics::ids::StationId;
use sluice_basics::object_key;
use sluice_orders::{FormatName, OrderFormat};

use crate::error::AwsError;
use crate::objects::Objects;

/// The largest file with a format.
const FORMAT_BYTES: u64 = 64 << 10;

/// Why orders are not exported in a form.
#[derive(Debug, thiserror::Error)]
pub enum OrderFormatError {
    /// It cannot be a name.
    #[error("format: {0}")]
    Name(String),
    /// There is none of that name.
    #[error("format: there is no format `{name}`; there are: {known}")]
    Unknown {
        /// What was asked for.
        name: FormatName,
        /// Those that are compiled in.
        known: String,
    },
    /// The station's own is wrong.
    #[error(
        "format: the station's own format `{name}` cannot be used: {words}; ask whoever put it there"
    )]
    Unusable {
        /// Its name.
        name: FormatName,
        /// What is wrong.
        words: String,
    },
    /// A service failed, or one that is compiled in is wrong.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// Finds the form of a file: a station's own, or the one that is compiled in; the default one if none is named.
///
/// # Errors
///
/// If there is none, or the station's own cannot be used.
pub async fn order_format(
    objects: &Objects,
    station: &StationId,
    name: Option<&str>,
) -> Result<(FormatName, OrderFormat), OrderFormatError> {
    let name: FormatName = match name {
        None => FormatName::usual(),
        Some(name) => name
            .parse()
            .map_err(|error| OrderFormatError::Name(format!("{error}")))?,
    };
    let key = object_key::order_format(station, &name);
    let own = objects.get_part(&key, 0..FORMAT_BYTES).await?;
    let unusable = |words: String| OrderFormatError::Unusable {
        name: name.clone(),
        words,
    };
    let format = match own {
        Some(own) if own.of_bytes > FORMAT_BYTES => {
            return Err(unusable("its file is too large".to_owned()));
        }
        Some(own) => {
            let text = std::str::from_utf8(&own.bytes);
            let text = text.map_err(|_| unusable("it is not UTF-8".to_owned()))?;
            OrderFormat::parse(text).map_err(|error| unusable(error.to_string()))?
        }
        None => {
            let known = FormatName::built_in();
            let format = OrderFormat::built_in(&name).ok_or_else(|| OrderFormatError::Unknown {
                name: name.clone(),
                known,
            })?;
            format.map_err(|error| AwsError::new("reading a format", error))?
        }
    };
    Ok((name, format))
}
