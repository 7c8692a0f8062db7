//! The bound on the work of a diagnosis, counted in octets hashed: the same everywhere, whatever the
//! machine.

/// What is left of the work allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    left: u64,
    spent: u64,
    exhausted: bool,
}

impl Budget {
    pub(super) const fn new(octets: u64) -> Self {
        Self { left: octets, spent: 0, exhausted: false }
    }

    /// Whether there is so much left, which is spent then.
    pub(super) fn spend(&mut self, octets: usize) -> bool {
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        match self.left.checked_sub(octets) {
            Some(left) if !self.exhausted => {
                self.left = left;
                self.spent = self.spent.saturating_add(octets);
                true
            }
            _ => {
                // What is cheaper and comes later is not tried either: the order is that of likelihood.
                self.exhausted = true;
                false
            }
        }
    }

    /// A budget of its own for a stage that must not use up what the later ones need.
    pub(super) fn stage(&self, part: u64) -> Self {
        Self::new(self.left.checked_div(part).unwrap_or(self.left))
    }

    /// Counts what a stage has spent.
    pub(super) fn settle(&mut self, stage: Self) {
        self.left = self.left.saturating_sub(stage.spent);
        self.spent = self.spent.saturating_add(stage.spent);
    }

    pub(super) const fn spent(&self) -> u64 {
        self.spent
    }

    pub(super) const fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn what_does_not_fit_ends_it() {
        let mut budget = Budget::new(10);
        assert!(budget.spend(4));
        assert!(!budget.spend(7));
        assert!(!budget.spend(1));
        assert_eq!((budget.spent(), budget.is_exhausted()), (4, true));
    }

    #[test]
    fn a_stage_spends_no_more_than_its_part() {
        let mut budget = Budget::new(10);
        let mut stage = budget.stage(2);
        assert!(stage.spend(5));
        assert!(!stage.spend(1));
        budget.settle(stage);
        assert!(budget.spend(5));
        assert_eq!((budget.spent(), budget.is_exhausted()), (10, false));
    }
}
