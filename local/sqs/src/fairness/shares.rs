//! Amounts by tenant, and who has more than a tenth of the total.

use std::collections::{BTreeSet, HashMap};

use super::Tenant;

/// Amounts by tenant, ranked. Changes cost O(log n); at most nine tenants are above a tenth, and
/// finding them costs no more than that.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// No tenant with nothing.
    amounts: HashMap<Tenant, u64>,
    ranking: BTreeSet<(u64, Tenant)>,
    total: u64,
}

impl Shares {
    /// Gives the tenant more.
    pub(super) fn add(&mut self, tenant: &Tenant, amount: u64) {
        self.set(tenant, self.of(tenant) + amount);
    }

    /// Takes from the tenant, at most what it has.
    pub(super) fn subtract(&mut self, tenant: &Tenant, amount: u64) {
        self.set(tenant, self.of(tenant).saturating_sub(amount));
    }

    /// The tenant's amount.
    pub(super) fn of(&self, tenant: &Tenant) -> u64 {
        self.amounts.get(tenant).copied().unwrap_or(0)
    }

    /// The amount of all tenants.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// True if the tenant has more than a tenth of the total.
    pub(super) fn exceeds_a_tenth(&self, tenant: &Tenant) -> bool {
        self.is_above_a_tenth(self.of(tenant))
    }

    /// The tenants with more than a tenth of the total, the largest first.
    pub(super) fn above_a_tenth(&self) -> impl Iterator<Item = &Tenant> {
        let descending = self.ranking.iter().rev();
        descending
            .take_while(|(amount, _)| self.is_above_a_tenth(*amount))
            .map(|(_, tenant)| tenant)
    }

    fn is_above_a_tenth(&self, amount: u64) -> bool {
        amount * 10 > self.total
    }

    fn set(&mut self, tenant: &Tenant, amount: u64) {
        let before = self.amounts.remove(tenant).unwrap_or(0);
        self.ranking.remove(&(before, tenant.clone()));
        self.total = self.total - before + amount;
        if amount > 0 {
            self.amounts.insert(tenant.clone(), amount);
            self.ranking.insert((amount, tenant.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_a_tenth_is_not_above_it() {
        let mut shares = Shares::default();
        shares.add(&Tenant::Single(1), 10);
        shares.add(&Tenant::Single(2), 90);
        assert!(!shares.exceeds_a_tenth(&Tenant::Single(1)));
        shares.add(&Tenant::Single(1), 1);
        assert!(shares.exceeds_a_tenth(&Tenant::Single(1)));
        let ranking: Vec<_> = shares.above_a_tenth().collect();
        assert_eq!(ranking, [&Tenant::Single(2), &Tenant::Single(1)]);
    }

    #[test]
    fn who_has_nothing_left_is_forgotten() {
        let mut shares = Shares::default();
        shares.add(&Tenant::Single(1), 3);
        shares.subtract(&Tenant::Single(1), 5);
        assert_eq!(shares.total(), 0);
        assert_eq!(shares.above_a_tenth().count(), 0);
        assert!(shares.amounts.is_empty() && shares.ranking.is_empty());
    }
}
