//! Which values several rows of a file want, as the splitter has listed them. The list of the last import
//! that was worked on is kept, since its chunks come one after the other.

use std::sync::{Arc, Mutex, PoisonError};

use sluice_aws::{AwsError, Objects};
use sluice_basics::object_key;
use sluice_import::conflict::Conflicts;
use sluice_import::{ConflictSearch, ImportPlan};

/// Reads lists of conflicts.
#[derive(Debug, Default)]
pub(crate) struct ConflictLists {
    last: Mutex<Option<(String, Arc<Conflicts>)>>,
}

impl ConflictLists {
    /// The list of an import.
    pub(crate) async fn of(
        &self,
        plan: &ImportPlan,
        objects: &Objects,
    ) -> Result<Arc<Conflicts>, AwsError> {
        match plan.conflicts {
            ConflictSearch::Unknown => return Ok(Arc::new(Conflicts::unknown())),
            ConflictSearch::Nothing => return Ok(Arc::default()),
            ConflictSearch::Listed => {}
        }
        let key = object_key::conflicts(&plan.task);
        if let Some((_, list)) = self.last().as_ref().filter(|(known, _)| *known == key) {
            return Ok(Arc::clone(list));
        }
        let list = Arc::new(Conflicts::from_bytes(&objects.get(&key).await?));
        *self.last() = Some((key, Arc::clone(&list)));
        Ok(list)
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<(String, Arc<Conflicts>)>> {
        // What is kept is whole, whoever panicked.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
