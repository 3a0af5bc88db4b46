//! Puts one defect into a good row. Every value here is wrong under any reading of the definition:
//! none becomes right by trimming, by ignoring case or by another date format.

use crate::column::Column;
use crate::draw::Draw;
use crate::flaw::Defect;
use crate::record::Record;

const PHONES: [&str; 4] = ["call me", "ask at the desk", "no phone", "see e-mail"];
const EMAILS: [&str; 4] = [
    "anna.example.com",
    "li.wang(at)example.org",
    "max@@example.com",
    "sato@home@example.net",
];
const GENDERS: [&str; 4] = ["unknown", "robot", "prefer not to say", "?"];
const TIERS: [&str; 4] = ["diamond", "vip", "goldish", "tier 9"];
const DATES: [&str; 8] = [
    "2023-02-30",
    "yesterday",
    "2021-02-29",
    "1999-13-01",
    "2005-00-10",
    "2016-04-31",
    "soon",
    "2020-06-00",
];
const NOT_NUMBERS: [&str; 4] = ["many", "12x", "NaN", "1O0"];
/// The definition's maximum is 1,000,000,000.
const TOO_LARGE: [&str; 3] = ["1000000001", "5000000000", "99999999999999999999999"];
/// What may not stand inside a member number.
const FORBIDDEN: [&str; 5] = [" ", "/", ".", "#", "号"];
/// `name` may have 100 characters.
const NAME_LIMIT: u32 = 100;

/// Makes a good record bad in one way.
pub fn spoil(record: &mut Record, defect: Defect, draw: &mut Draw) {
    match defect {
        Defect::MissingMemberNo => record.set(Column::MemberNo, ""),
        Defect::ForbiddenMemberNo => {
            let member_no = record.field(Column::MemberNo);
            let place = 1 + draw.below(member_no.len() as u32 - 1) as usize;
            let forbidden = draw.pick(&FORBIDDEN);
            member_no.splice(place..place, forbidden.bytes());
        }
        Defect::MissingName => record.set(Column::Name, ""),
        Defect::NameTooLong => lengthen(record.field(Column::Name), draw),
        Defect::BadPhone => record.set(Column::Phone, draw.pick(&PHONES)),
        Defect::BadEmail => record.set(Column::Email, draw.pick(&EMAILS)),
        Defect::GenderNotAllowed => record.set(Column::Gender, draw.pick(&GENDERS)),
        Defect::BadBirthday => record.set(Column::Birthday, draw.pick(&DATES)),
        Defect::TierNotAllowed => record.set(Column::Tier, draw.pick(&TIERS)),
        Defect::PointsNotANumber => record.set(Column::Points, draw.pick(&NOT_NUMBERS)),
        Defect::PointsTooSmall => {
            let points = -1 - i64::from(draw.below(5000));
            record.set(Column::Points, &points.to_string());
        }
        Defect::PointsTooLarge => record.set(Column::Points, draw.pick(&TOO_LARGE)),
        Defect::BadJoinedOn => record.set(Column::JoinedOn, draw.pick(&DATES)),
        Defect::AddressNotUtf8 => {
            let address = record.field(Column::Address);
            let place = draw.below(address.len() as u32 + 1) as usize;
            // 0xFF never occurs in UTF-8, wherever it stands.
            address.insert(place, 0xFF);
        }
        Defect::TooFewFields => record.drop_last(),
        Defect::TooManyFields => record.push_extra("extra"),
    }
}

/// Makes a name longer than the limit, by a little or by a lot, and keeps it one line of letters.
fn lengthen(name: &mut Vec<u8>, draw: &mut Draw) {
    let missing = NAME_LIMIT + 1 + draw.below(60);
    // A byte that continues a character is no character.
    let characters = name.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u32;
    for place in characters..missing {
        name.push(b'a' + (place % 26) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::lengthen;
    use crate::draw::Draw;

    #[test]
    fn a_lengthened_name_has_101_to_160_characters() {
        let mut draw = Draw::for_rows(3);
        for _ in 0..500 {
            let mut name = "山田 Zoë 🌸".as_bytes().to_vec();
            lengthen(&mut name, &mut draw);
            let characters = String::from_utf8(name).unwrap().chars().count();
            assert!((101..=160).contains(&characters), "{characters}");
        }
    }
}
