//! The columns of a member file, in the order in which they are written.

/// One column of the member definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The key.
    MemberNo,
    /// The only other required column.
    Name,
    /// E.164.
    Phone,
    /// ASCII, lower case.
    Email,
    /// One of three words.
    Gender,
    /// `YYYY-MM-DD`.
    Birthday,
    /// One of four words.
    Tier,
    /// A whole number from 0.
    Points,
    /// `YYYY-MM-DD`.
    JoinedOn,
    /// Free text, the one that holds commas, quotes and line breaks.
    Address,
}

impl Column {
    /// Every column, from left to right.
    pub const ALL: [Self; 10] = [
        Self::MemberNo,
        Self::Name,
        Self::Phone,
        Self::Email,
        Self::Gender,
        Self::Birthday,
        Self::Tier,
        Self::Points,
        Self::JoinedOn,
        Self::Address,
    ];

    /// The name in the definition, which is also the header that is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::MemberNo => "member_no",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Gender => "gender",
            Self::Birthday => "birthday",
            Self::Tier => "tier",
            Self::Points => "points",
            Self::JoinedOn => "joined_on",
            Self::Address => "address",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Column;

    #[test]
    fn the_columns_are_those_of_the_definition_in_its_order() {
        let definition = include_str!("../../../definitions/member_import.toml");
        let names = definition
            .lines()
            .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        // Those who want no tier are few: lists of members seldom have the column.
        let names = names.filter(|name| *name != "tier_opt_out");
        assert!(names.eq(Column::ALL.map(Column::name)));
    }
}
