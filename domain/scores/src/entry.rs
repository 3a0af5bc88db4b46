//! Which member and day an entry belongs to: its key says it.

use jiff::civil::Date;
use sluice_definition::{
    Catalog, ColumnType, Definition, Target, escape_part, shard_of, split_key,
};

use super::Month;

/// The business whose rows are score entries.
pub const ENTRIES: &str = "score_import";
/// The business whose rows are members.
pub const MEMBERS: &str = "member_import";

const MEMBER: &str = "member_no";
const DAY: &str = "entry_date";
const POINTS: &str = "points";

/// The definitions that scores are made of, where they have what sums rely on.
#[derive(Clone, Debug)]
pub struct ScoreTables {
    /// Of entries.
    pub entries: Definition,
    /// The place of the entries' points.
    pub points: usize,
    /// Of members.
    pub members: Definition,
}

/// Why no sums can be kept of what the definitions describe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("definitions/{business}.toml: {problem}")]
pub struct ScoreError {
    business: &'static str,
    problem: &'static str,
}

impl ScoreTables {
    /// Finds the definitions.
    ///
    /// # Errors
    ///
    /// If an entry's key does not begin with its member and its day, or if rows do not lie by members.
    pub fn of(catalog: &Catalog) -> Result<Self, ScoreError> {
        let stored = |business: &'static str| {
            let found = business.parse().ok().and_then(|id| catalog.get(&id));
            found
                .filter(|found| matches!(found.target, Target::Table(_)))
                .cloned()
                .ok_or(ScoreError {
                    business,
                    problem: "scores need its rows in a table",
                })
        };
        let (entries, members) = (stored(ENTRIES)?, stored(MEMBERS)?);
        let problem = |business, problem| Err(ScoreError { business, problem });
        if !matches!(entries.key.as_slice(), [member, day, _, ..] if member == MEMBER && day == DAY)
            || entries.shard_by != [MEMBER]
        {
            return problem(
                ENTRIES,
                "the key must be member_no, entry_date and what tells entries of a day apart, \
                 and shard_by member_no",
            );
        }
        if members.key != [MEMBER] {
            return problem(MEMBERS, "the key must be member_no");
        }
        let is_number = |place: &usize| {
            let column = &entries.columns[*place];
            column.required
                && matches!(column.kind, ColumnType::Integer(_) | ColumnType::Decimal(_))
        };
        let points = entries.column_index(POINTS).filter(is_number);
        let Some(points) = points else {
            return problem(ENTRIES, "the column points must be a required number");
        };
        Ok(Self {
            entries,
            points,
            members,
        })
    }
}

/// The member and the day that an entry counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKey {
    /// The member.
    pub member_no: String,
    /// The day.
    pub day: Date,
}

impl EntryKey {
    /// Reads the text of an entry's key. None if it is not that of an entry.
    pub fn parse(key: &str) -> Option<Self> {
        let parts = split_key(key);
        let [member_no, day, _, ..] = parts.as_slice() else {
            return None;
        };
        let day: Date = day.parse().ok()?;
        Some(Self {
            member_no: member_no.clone().into_owned(),
            day,
        })
    }

    /// Returns the month that it counts for.
    pub fn month(&self) -> Month {
        Month::of(self.day)
    }

    /// Returns the first and the last text between which the keys of a member's entries from one day to another
    /// lie, and no others.
    pub fn between(member_no: &str, first: Date, last: Date) -> (String, String) {
        let member = escape_part(member_no);
        // `$` is the character after `#`.
        (format!("{member}#{first}#"), format!("{member}#{last}$"))
    }
}

/// Whether a member's rows belong in a partition. What an earlier release stored may lie elsewhere.
pub fn is_in_its_place(member_no: &str, partition: u32) -> bool {
    shard_of(member_no) == partition
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_definitions_have_what_sums_rely_on() {
        let catalog = Catalog::load().expect("the definitions");
        let tables = ScoreTables::of(&catalog).expect("scores");
        assert_eq!(tables.entries.columns[tables.points].name, "points");
        let key = "A\\#1#2026-01-31#17";
        assert_eq!(tables.entries.shard_of(key), shard_of("A#1"));
    }

    #[test]
    fn a_key_says_member_and_day() {
        let entry = |member_no: &str| EntryKey {
            member_no: member_no.to_owned(),
            day: date(2026, 1, 31),
        };
        assert_eq!(EntryKey::parse("M1#2026-01-31#"), Some(entry("M1")));
        assert_eq!(
            EntryKey::parse("M\\#1#2026-01-31#a\\#b"),
            Some(entry("M#1"))
        );
        // As an earlier release stored it.
        assert_eq!(EntryKey::parse("M1#2026-01-31"), None);
        for bad in ["", "M1", "M1#31.1.2026#", "M1#2026-02-30#x"] {
            assert_eq!(EntryKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_entries_of_a_member_from_day_to_day_lie_between() {
        let (first, last) = EntryKey::between("M1", date(2026, 1, 2), date(2026, 1, 3));
        let is_between = |key: &str| (first.as_str()..=last.as_str()).contains(&key);
        for key in ["M1#2026-01-02#", "M1#2026-01-02#~", "M1#2026-01-03#9"] {
            assert!(is_between(key), "{key}");
        }
        for key in [
            "M1#2026-01-01#~",
            "M1#2026-01-04#",
            "M10#2026-01-02#",
            "M1#2026-01-02",
        ] {
            assert!(!is_between(key), "{key}");
        }
    }
}
