//! A small, persistent Amazon SES (API v2) for one machine, served by the REST protocol that the AWS SDKs
//! speak. It sends nothing: each e-mail that it accepts is kept as an `.eml` file, and events say what became
//! of it, as a configuration set publishes them through `EventBridge`.
//!
//! It does what Sluice calls, and refuses the rest: `SendBulkEmail` with an inline template and one recipient
//! an entry, `GetAccount`, and the account's suppression list. Every sender counts as verified. Its
//! templates have variables (`{{name}}`) and no blocks. The addresses of SES's mailbox simulator behave as
//! AWS documents them; all other addresses receive what they are sent. Requests are not authenticated:
//! whoever serves it checks who calls.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod error;
mod event;
mod faults;
mod mailbox;
mod message;
mod protocol;
mod quota;
mod request;
mod send;
mod simulator;
mod store;
mod template;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::error::SesError;
use crate::faults::Faults;
use crate::quota::Pace;
use crate::store::Store;

pub use crate::error::OpenError;
pub use crate::event::{EventDestination, EventType, SesEvent};
pub use crate::faults::{EventFault, Fault};
pub use crate::protocol::BODY_BYTES;
pub use crate::quota::Quota;
pub use crate::simulator::Fate;
pub use crate::store::Mail;

/// An embedded SES. Clones are cheap and share the same mailbox.
#[derive(Clone)]
pub struct Ses {
    shared: Arc<Shared>,
}

struct Shared {
    store: Mutex<Store>,
    account: Mutex<Account>,
    faults: Faults,
    event_queued: Notify,
}

/// What an operator sets, and what is forgotten with the process.
struct Account {
    quota: Quota,
    pace: Pace,
    is_sending_enabled: bool,
    configuration_sets: BTreeMap<String, EventDestination>,
}

impl Ses {
    /// Opens the mailbox kept in a folder, creating it if it is missing. One process at a time can have a
    /// folder open.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        let account = Account {
            quota: Quota::default(),
            pace: Pace::default(),
            is_sending_enabled: true,
            configuration_sets: BTreeMap::new(),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                store: Mutex::new(Store::open(folder.as_ref())?),
                account: Mutex::new(account),
                faults: Faults::default(),
                event_queued: Notify::new(),
            }),
        })
    }

    /// Serves SES's API. The mailbox has a [router of its own](Self::mailbox_router).
    pub fn router(&self) -> axum::Router {
        protocol::router(self.clone())
    }

    /// Serves the pages on which a person reads what was sent, at a path: who knows it can read them.
    pub fn mailbox_router(&self, at: &str) -> axum::Router {
        mailbox::router(self.clone(), at)
    }

    /// Creates a configuration set, or changes where its events go.
    pub fn put_configuration_set(&self, name: &str, destination: EventDestination) {
        let mut account = self.account();
        account
            .configuration_sets
            .insert(name.to_owned(), destination);
    }

    /// Changes how much may be sent. New accounts of AWS may send 200 e-mails a day and one a second.
    pub fn set_quota(&self, quota: Quota) {
        self.account().quota = quota;
    }

    /// Pauses sending for the account, or lets it go on, as AWS does with accounts whose bounce rate is high.
    pub fn set_sending_enabled(&self, is_enabled: bool) {
        self.account().is_sending_enabled = is_enabled;
    }

    /// From now on `rule` says what happens to each request, by the operation's name and its body.
    pub fn set_rule(&self, rule: impl FnMut(&str, &[u8]) -> Fault + Send + 'static) {
        self.shared.faults.set_rule(Box::new(rule));
    }

    /// From now on `rule` says what happens to each event, by its type and the recipient's address.
    pub fn set_event_rule(&self, rule: impl FnMut(EventType, &str) -> EventFault + Send + 'static) {
        self.shared.faults.set_event_rule(Box::new(rule));
    }

    /// How often a fault happened to an operation.
    pub fn fault_count(&self, operation: &str, fault: Fault) -> usize {
        self.shared.faults.count(operation, fault)
    }

    /// All e-mails that were accepted, oldest first, whatever became of them.
    pub fn mails(&self) -> Result<Vec<Mail>, OpenError> {
        Ok(self.store().mails_after(0, usize::MAX)?)
    }

    /// An e-mail as an `.eml` file; none if it was not rendered.
    pub fn eml(&self, mail: &Mail) -> Result<Option<Vec<u8>>, OpenError> {
        Ok(self.store().eml(&mail.message_id)?)
    }

    /// Waits until there are events to deliver and gives the oldest, at most `max`. The same events come again
    /// until they are [acknowledged](Self::acknowledge).
    pub async fn next_events(&self, max: usize) -> Vec<SesEvent> {
        loop {
            // Registered before looking, so that an event queued in between still wakes this.
            let queued = self.shared.event_queued.notified();
            let now = Timestamp::now();
            let found = self.blocking(move |ses| Ok(ses.store().due_events(now, max)?));
            let (due, next) = match found.await {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(%error, "the events of SES cannot be read");
                    (Vec::new(), Some(now + jiff::SignedDuration::from_secs(1)))
                }
            };
            if !due.is_empty() {
                return due;
            }
            match next {
                None => queued.await,
                Some(next) => {
                    let wait = next.duration_since(Timestamp::now());
                    let wait = wait.try_into().unwrap_or_default();
                    let _ = tokio::time::timeout(wait, queued).await;
                }
            }
        }
    }

    /// Forgets events that were delivered; unknown ids are ignored.
    pub fn acknowledge(&self, ids: &[i64]) -> Result<(), OpenError> {
        Ok(self.store().forget_events(ids)?)
    }

    fn store(&self) -> std::sync::MutexGuard<'_, Store> {
        // The file is written in transactions, so a panic cannot leave it half changed.
        let store = self.shared.store.lock();
        store.unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self) -> std::sync::MutexGuard<'_, Account> {
        let account = self.shared.account.lock();
        account.unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` off the async executor: `SQLite` and files block, if only for a moment.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, SesError> + Send + 'static,
    ) -> Result<T, SesError> {
        let ses = self.clone();
        let answer = tokio::task::spawn_blocking(move || work(&ses));
        answer.await.map_err(|_| SesError::Broken)?
    }
}
