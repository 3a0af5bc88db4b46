//! What a station may import at most: the installation's limits, and what its operator set for a
//! single station. Stations cannot change either.

use serde::Deserialize;

/// The limits that hold for a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of one file.
    pub max_rows: u64,
    /// Bytes of one file, as it is sent.
    pub max_file_bytes: u64,
    /// Imports of files that wait or run at the same time.
    pub max_running_imports: u32,
    /// Tasks of services that wait or run at the same time.
    pub max_open_tasks: u32,
}

/// What the operator set for one station. What is not set is as for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names of the limits")]
pub struct StationLimits {
    max_rows: Option<u64>,
    max_file_bytes: Option<u64>,
    max_running_imports: Option<u32>,
    max_open_tasks: Option<u32>,
}

impl StationLimits {
    /// The limits of the station where `general` ones hold for all.
    pub fn over(&self, general: &Limits) -> Limits {
        Limits {
            max_rows: self.max_rows.unwrap_or(general.max_rows),
            max_file_bytes: self.max_file_bytes.unwrap_or(general.max_file_bytes),
            max_running_imports: self
                .max_running_imports
                .unwrap_or(general.max_running_imports),
            max_open_tasks: self.max_open_tasks.unwrap_or(general.max_open_tasks),
        }
    }
}

impl Limits {
    /// Why a file of so many bytes is not taken, if it is not.
    pub fn refuse_bytes(&self, size_bytes: u64) -> Option<String> {
        let most = self.max_file_bytes;
        (size_bytes > most).then(|| {
            format!(
                "the file has {size_bytes} bytes, a file of this station may have at most {most}: \
                 split it into several files"
            )
        })
    }

    /// Returns why a file of so many rows is not taken, if it is not.
    pub fn refuse_rows(&self, rows: u64) -> Option<String> {
        let most = self.max_rows;
        (rows > most).then(|| {
            format!(
                "the file has more than the {most} rows that a file of this station may have: \
                 nothing was imported. Split it into several files"
            )
        })
    }

    /// Why no further import is taken now.
    pub fn no_room(&self) -> String {
        format!(
            "this station has {} imports that have not ended, which is its limit: try again when \
             one of them has ended, or cancel one that is not needed",
            self.max_running_imports
        )
    }

    /// Why no further task of a service is taken now.
    pub fn no_room_for_tasks(&self) -> String {
        format!(
            "this station has {} tasks of services that have not ended, which is its limit: try \
             again when one of them has ended, or finish or cancel those that are not needed",
            self.max_open_tasks
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERAL: Limits = Limits {
        max_rows: 100,
        max_file_bytes: 1_000,
        max_running_imports: 3,
        max_open_tasks: 5,
    };

    #[test]
    fn a_stations_own_limits_replace_the_general_ones_one_by_one() {
        let own: StationLimits = serde_json::from_str(r#"{"max_rows":7}"#).expect("limits");
        let limits = own.over(&GENERAL);
        assert_eq!(
            limits,
            Limits {
                max_rows: 7,
                ..GENERAL
            }
        );
        assert_eq!(StationLimits::default().over(&GENERAL), GENERAL);
    }

    #[test]
    fn a_limit_that_is_misspelt_is_an_error() {
        assert!(serde_json::from_str::<StationLimits>(r#"{"max_row":7}"#).is_err());
    }

    #[test]
    fn as_much_as_is_allowed_is_taken() {
        assert_eq!(GENERAL.refuse_bytes(1_000), None);
        assert_eq!(GENERAL.refuse_rows(100), None);
        assert!(GENERAL.refuse_bytes(1_001).is_some());
        let reason = GENERAL.refuse_rows(101).expect("a reason");
        assert!(reason.contains("nothing was imported"));
    }
}
