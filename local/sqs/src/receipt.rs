//! Receipt handles. A handle names one receive of one message, so it is new at every receive and
//! an older one of the same message is recognized as stale.

use std::fmt;
use std::str::FromStr;

use crate::error::SqsError;
use crate::store::Seq;

/// One receive of one message: the text form is the receipt handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The message, unique in the file for all time.
    pub(crate) seq: Seq,
    /// Which receive of it, from 1.
    pub(crate) receive_count: i64,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "receipt-{}-{}", self.seq, self.receive_count)
    }
}

impl FromStr for Receipt {
    type Err = SqsError;

    fn from_str(handle: &str) -> Result<Self, SqsError> {
        let parse = || {
            let (seq, receive_count) = handle.strip_prefix("receipt-")?.split_once('-')?;
            Some(Self {
                seq: seq.parse().ok()?,
                receive_count: receive_count.parse().ok()?,
            })
        };
        parse().ok_or_else(|| SqsError::ReceiptHandleIsInvalid(handle.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_reads_back_as_its_receipt() {
        let receipt = Receipt {
            seq: 42,
            receive_count: 3,
        };
        assert_eq!(receipt.to_string().parse::<Receipt>().ok(), Some(receipt));
    }

    #[test]
    fn text_that_is_no_handle_is_refused() {
        for text in ["", "receipt-1", "receipt-x-1", "1-1", "receipt-1-1-1"] {
            assert!(text.parse::<Receipt>().is_err(), "{text}");
        }
    }
}
