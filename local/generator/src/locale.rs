//! The parts of the world that members come from, each with its script, names, phones and way of
//! writing an address. Changing any word changes the bytes of every file.

mod cjk;
mod latin;
mod other;

/// Words and templates (see [`crate::template`]) of one part of the world.
pub struct Locale {
    /// Given names.
    pub given_names: &'static [&'static str],
    /// Family names.
    pub family_names: &'static [&'static str],
    /// How a full name is usually written.
    pub name: &'static str,
    /// Rarer ways, with the quotes and commas that people put there.
    pub rare_names: &'static [&'static str],
    /// E.164 numbers.
    pub phones: &'static [&'static str],
    /// Names as they look in an e-mail address: ASCII, lower case.
    pub handles: &'static [&'static str],
    /// Streets or districts.
    pub streets: &'static [&'static str],
    /// Cities.
    pub cities: &'static [&'static str],
    /// Ways of writing an address.
    pub addresses: &'static [&'static str],
    /// What may follow an address, such as where to ring.
    pub notes: &'static [&'static str],
}

/// Where members come from. A place that stands twice is twice as common.
pub const LOCALES: [&Locale; 12] = [
    &cjk::CHINA,
    &cjk::CHINA,
    &cjk::CHINA,
    &cjk::JAPAN,
    &cjk::KOREA,
    &latin::AMERICA,
    &latin::AMERICA,
    &latin::GERMANY,
    &latin::FRANCE,
    &other::RUSSIA,
    &other::EGYPT,
    &other::INDIA,
];
