//! Functions that are killed between two of their requests.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::FaultPlan;

/// An invocation that may be killed: it is not polled any more when it has been woken so often, and whatever it
/// was doing is dropped. Wakes are answers of services, so that it dies at the same place of its work whatever the
/// machine is busy with.
pub(crate) struct Mortal<F> {
    invocation: Option<Pin<Box<F>>>,
    wakes_left: Option<u64>,
    plan: Option<Arc<FaultPlan>>,
    function: String,
}

impl<F: Future> Mortal<F> {
    /// Draws whether and when the invocation of a function is killed.
    pub(crate) fn new(invocation: F, function: &str, plan: Option<Arc<FaultPlan>>) -> Self {
        Self {
            invocation: Some(Box::pin(invocation)),
            wakes_left: plan.as_ref().and_then(|plan| plan.death_of(function)),
            plan,
            function: function.to_owned(),
        }
    }
}

impl<F: Future> Future for Mortal<F> {
    /// Nothing if it was killed.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(left) = &mut this.wakes_left {
            if *left == 0 {
                this.invocation = None;
                if let Some(plan) = &this.plan {
                    plan.note_death(&this.function);
                }
                return Poll::Ready(None);
            }
            *left -= 1;
        }
        match &mut this.invocation {
            Some(invocation) => invocation.as_mut().poll(context).map(Some),
            None => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn yields(times: u32) -> u32 {
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
        times
    }

    #[tokio::test]
    async fn an_invocation_that_is_long_enough_is_killed_and_counted() {
        let plan = Arc::new(FaultPlan::new(2));
        let (mut killed, mut ended) = (0, 0);
        for _ in 0..400 {
            match Mortal::new(yields(100), "worker", Some(Arc::clone(&plan))).await {
                None => killed += 1,
                Some(100) => ended += 1,
                Some(other) => panic!("{other}"),
            }
        }
        assert!(killed > 0 && ended > killed, "{killed} and {ended}");
        let counted: u64 = plan.happened().values().sum();
        assert_eq!(counted, killed);
        assert_eq!(Mortal::new(yields(9), "worker", None).await, Some(9));
    }
}
