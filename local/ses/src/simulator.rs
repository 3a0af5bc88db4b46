//! The addresses of SES's mailbox simulator.
//! <https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html>

/// What becomes of an e-mail that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Delivered,
    /// The recipient's server does not know the address.
    Bounced,
    /// It arrives, and the recipient calls it spam.
    Complained,
    /// It is not sent, since the address is on SES's own suppression list.
    Suppressed,
    /// It is not sent, since the address is on the account's suppression list.
    OnAccountList,
    /// It is not sent, since its template has a variable without a value.
    NotRendered,
}

impl Fate {
    const ALL: [Self; 6] = [
        Self::Delivered,
        Self::Bounced,
        Self::Complained,
        Self::Suppressed,
        Self::OnAccountList,
        Self::NotRendered,
    ];

    /// Its name in the store and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Suppressed => "suppressed",
            Self::OnAccountList => "suppressed for the account",
            Self::NotRendered => "not rendered",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.name() == name)
    }
}

/// What becomes of an e-mail to an address of the simulator; none if it is another's. An address may have a
/// label: `bounce+label@…`.
pub(crate) fn fate(address: &str) -> Option<Fate> {
    let address = address.to_ascii_lowercase();
    let local = address.strip_suffix("@simulator.amazonses.com")?;
    match local.split('+').next()? {
        // An answer that somebody is out of office goes to the sender, which is nobody here.
        "success" | "ooto" => Some(Fate::Delivered),
        "bounce" => Some(Fate::Bounced),
        "complaint" => Some(Fate::Complained),
        "suppressionlist" => Some(Fate::Suppressed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_simulator_have_their_fate_with_any_label() {
        let of = |local: &str| fate(&format!("{local}@simulator.amazonses.com"));
        assert_eq!(of("success"), Some(Fate::Delivered));
        assert_eq!(of("bounce+member-7"), Some(Fate::Bounced));
        assert_eq!(of("COMPLAINT"), Some(Fate::Complained));
        assert_eq!(of("suppressionlist"), Some(Fate::Suppressed));
        assert_eq!(of("somebody"), None);
        assert_eq!(fate("bounce@example.com"), None);
        for fate in Fate::ALL {
            assert_eq!(Fate::from_name(fate.name()), Some(fate));
        }
    }
}
