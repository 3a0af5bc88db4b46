//! Fills in the small templates that names, phones and addresses are written as: `#` is a digit, `^`
//! a digit but 0, `{g}` a given name, `{f}` a family name, `{s}` a street, `{c}` a city and `{n}` a
//! line break. Everything else stands for itself.

use crate::draw::Draw;
use crate::locale::Locale;

/// Appends `template`, filled in with `locale`'s words, to `text`.
pub fn fill(text: &mut Vec<u8>, template: &str, locale: &Locale, draw: &mut Draw) {
    let mut rest = template.as_bytes();
    loop {
        rest = match rest {
            [b'#', rest @ ..] => {
                text.push(b'0' + draw.below(10) as u8);
                rest
            }
            [b'^', rest @ ..] => {
                text.push(b'1' + draw.below(9) as u8);
                rest
            }
            [b'{', word, b'}', rest @ ..] => {
                text.extend_from_slice(fill_in(*word, locale, draw).as_bytes());
                rest
            }
            [byte, rest @ ..] => {
                text.push(*byte);
                rest
            }
            [] => return,
        };
    }
}

fn fill_in(word: u8, locale: &Locale, draw: &mut Draw) -> &'static str {
    match word {
        b'g' => draw.pick(locale.given_names),
        b'f' => draw.pick(locale.family_names),
        b's' => draw.pick(locale.streets),
        b'c' => draw.pick(locale.cities),
        _ if draw.percent(30) => "\r\n",
        _ => "\n",
    }
}
