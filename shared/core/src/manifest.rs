//! What the splitter planned: the chunks of one run, kept so that a lost message can be made
//! again and the books can be checked against the plan.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::csv::Chunk;
use crate::import::ImportPlan;
use crate::used::Used;

/// The chunks that one run of the splitter sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What they share.
    pub plan: ImportPlan,
    /// The chunks, by number.
    pub chunks: Vec<Chunk>,
    /// What opening and cutting the file had used by then, and adding its task.
    #[serde(default)]
    pub used: Used,
}

impl Manifest {
    /// Joins the manifests of several runs. Runs that were repeated name the same chunks,
    /// because a plan depends on the file alone. None if there is no manifest.
    pub fn merge(manifests: Vec<Self>) -> Option<Self> {
        let mut chunks = BTreeMap::new();
        let mut plan = None;
        let mut used = Used::default();
        for manifest in manifests {
            used += manifest.used;
            plan.get_or_insert(manifest.plan);
            chunks.extend(
                manifest
                    .chunks
                    .into_iter()
                    .map(|chunk| (chunk.number, chunk)),
            );
        }
        plan.map(|plan| Self {
            plan,
            chunks: chunks.into_values().collect(),
            used,
        })
    }
}
