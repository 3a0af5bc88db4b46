//! The role of one function, and what was needed of it: which of its rights were used, and what it
//! does not allow.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::policy::Policy;
use super::request::{Need, Service};

/// A role with its books.
#[derive(Debug)]
pub(super) struct Role {
    function_id: String,
    policy: Policy,
    /// One of each statement of the policy.
    used: Vec<Used>,
    denied: Mutex<Vec<String>>,
}

/// Which of a statement's actions and resources were used.
#[derive(Debug)]
struct Used {
    actions: Vec<AtomicBool>,
    resources: Vec<AtomicBool>,
}

impl Role {
    pub(super) fn new(function_id: &str, policy: Policy) -> Self {
        let none = |texts: &[String]| texts.iter().map(|_| AtomicBool::new(false)).collect();
        let used = policy.statements.iter().map(|statement| Used {
            actions: none(&statement.actions),
            resources: none(&statement.resources),
        });
        Self {
            function_id: function_id.to_owned(),
            used: used.collect(),
            policy,
            denied: Mutex::default(),
        }
    }

    /// Whether something is allowed. That it was used, or that it is missing, is noted.
    pub(super) fn allows(&self, need: &Need) -> bool {
        let Some(grant) = self.policy.grant(need) else {
            self.deny(need.to_string());
            return false;
        };
        let used = &self.used[grant.statement];
        used.actions[grant.action].store(true, Relaxed);
        used.resources[grant.resource].store(true, Relaxed);
        true
    }

    /// The rights that a request needs, if it has them all; else why it is refused.
    pub(super) fn admits(
        &self,
        service: Service,
        request: &HttpRequest,
    ) -> Result<Vec<Need>, String> {
        let needs = service.needs(request).map_err(|error| {
            let error = format!("{error:#}");
            self.deny(error.clone());
            error
        })?;
        match needs.iter().find(|need| !self.allows(need)) {
            Some(missing) => Err(format!("{} may not {missing}", self.function_id)),
            None => Ok(needs),
        }
    }

    /// Whether this may hear that an object is missing, not just that it may not read it: who may
    /// list the bucket.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
    pub(super) fn hears_of_missing(&self, object: &Need) -> bool {
        let name = object.resource.split('/').next().unwrap_or_default();
        self.allows(&Need {
            action: "s3:ListBucket",
            resource: name.to_owned(),
        })
    }

    pub(super) fn deny(&self, what: String) {
        let function = &self.function_id;
        tracing::error!(function, what, "a function may not do what it tries");
        let denied = self.denied.lock();
        denied.unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub(super) fn denied(&self) -> Vec<String> {
        let denied = self.denied.lock();
        denied.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn unused(&self) -> Vec<String> {
        let mut unused = Vec::new();
        for (statement, used) in self.policy.statements.iter().zip(&self.used) {
            let actions = statement.actions.iter().zip(&used.actions);
            let resources = statement.resources.iter().zip(&used.resources);
            for (text, is_used) in actions.chain(resources) {
                if !is_used.load(Relaxed) {
                    unused.push(format!("{}: {text}", statement.sid));
                }
            }
        }
        unused
    }
}
