//! What is wrong with the rows that are not good, told while the file is written so that a test
//! knows what an import of it must report.

use crate::column::Column;

/// A row that an import must not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flawed {
    /// As a spreadsheet numbers rows: the header is 1, the first data row 2. A record with line
    /// breaks inside quotes is one row.
    pub row: u64,
    /// What is wrong with it.
    pub kind: FlawKind,
}

/// The two ways in which a row can be flawed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// The row breaks the definition in exactly one way.
    Bad(Defect),
    /// The row is well formed, but its key was used before.
    Duplicate {
        /// The earlier good row with the same key, numbered as [`Flawed::row`] is.
        of_row: u64,
    },
}

/// The one thing that is wrong with a bad row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Defect {
    /// `member_no` is blank.
    MissingMemberNo,
    /// `member_no` holds a character that its pattern forbids.
    ForbiddenMemberNo,
    /// `name` is blank.
    MissingName,
    /// `name` has more than 100 characters.
    NameTooLong,
    /// `phone` is words.
    BadPhone,
    /// `email` has no `@`, or two.
    BadEmail,
    /// `gender` is none of the allowed values.
    GenderNotAllowed,
    /// `birthday` is not a day of the calendar.
    BadBirthday,
    /// `tier` is none of the allowed values.
    TierNotAllowed,
    /// `points` is not a whole number.
    PointsNotANumber,
    /// `points` is below 0.
    PointsTooSmall,
    /// `points` is above the definition's maximum.
    PointsTooLarge,
    /// `joined_on` is not a day of the calendar.
    BadJoinedOn,
    /// `address` holds bytes that are not UTF-8.
    AddressNotUtf8,
    /// The row ends one field early.
    TooFewFields,
    /// The row has one field more than the header.
    TooManyFields,
}

impl Defect {
    /// Every defect. Bad rows take them with equal chances.
    pub const ALL: [Self; 16] = [
        Self::MissingMemberNo,
        Self::ForbiddenMemberNo,
        Self::MissingName,
        Self::NameTooLong,
        Self::BadPhone,
        Self::BadEmail,
        Self::GenderNotAllowed,
        Self::BadBirthday,
        Self::TierNotAllowed,
        Self::PointsNotANumber,
        Self::PointsTooSmall,
        Self::PointsTooLarge,
        Self::BadJoinedOn,
        Self::AddressNotUtf8,
        Self::TooFewFields,
        Self::TooManyFields,
    ];

    /// The name of the column that is wrong; none where the row has the wrong number of fields.
    pub fn column(self) -> Option<&'static str> {
        let column = match self {
            Self::MissingMemberNo | Self::ForbiddenMemberNo => Column::MemberNo,
            Self::MissingName | Self::NameTooLong => Column::Name,
            Self::BadPhone => Column::Phone,
            Self::BadEmail => Column::Email,
            Self::GenderNotAllowed => Column::Gender,
            Self::BadBirthday => Column::Birthday,
            Self::TierNotAllowed => Column::Tier,
            Self::PointsNotANumber | Self::PointsTooSmall | Self::PointsTooLarge => Column::Points,
            Self::BadJoinedOn => Column::JoinedOn,
            Self::AddressNotUtf8 => Column::Address,
            Self::TooFewFields | Self::TooManyFields => return None,
        };
        Some(column.name())
    }

    /// A short word for what is wrong, the same for the same fault in different columns.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingMemberNo | Self::MissingName => "missing_value",
            Self::ForbiddenMemberNo => "forbidden_character",
            Self::NameTooLong => "too_long",
            Self::BadPhone => "bad_phone",
            Self::BadEmail => "bad_email",
            Self::GenderNotAllowed | Self::TierNotAllowed => "not_allowed",
            Self::BadBirthday | Self::BadJoinedOn => "bad_date",
            Self::PointsNotANumber => "not_a_number",
            Self::PointsTooSmall => "too_small",
            Self::PointsTooLarge => "too_large",
            Self::AddressNotUtf8 => "not_utf8",
            Self::TooFewFields => "too_few_fields",
            Self::TooManyFields => "too_many_fields",
        }
    }
}
