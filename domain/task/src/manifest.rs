//! What was planned: the chunks of one run, kept so that a lost message can be made
//! again and the books can be checked against the plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sluice_basics::plan::Plan;
use sluice_basics::used::Used;
use sluice_csv::Chunk;

/// The chunks that were planned at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest<P = Plan> {
    /// What they share.
    pub plan: P,
    /// The chunks, by number.
    pub chunks: Vec<Chunk>,
    /// Whether its chunks were about to be sent: those of a leg that did not see the end of the file wait for
    /// the last leg.
    #[serde(default = "is_sent")]
    pub is_sent: bool,
    /// How many chunks are on their way at a time; all of them if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    /// What opening and cutting the file had used by then, and adding its task.
    #[serde(default)]
    pub used: Used,
}

/// Earlier releases sent chunks as they were cut.
fn is_sent() -> bool {
    true
}

impl<P> Manifest<P> {
    /// Returns the numbers of the chunks that are on their way or being worked on, of those that are not done: the
    /// first of each lane.
    pub fn on_their_way(&self, done: &BTreeSet<u32>) -> BTreeSet<u32> {
        let count = self.chunks.len() as u32;
        let window = self.window.filter(|window| count > *window);
        let mut lanes = BTreeSet::new();
        let open = self.chunks.iter().map(|chunk| chunk.number);
        let open = open.filter(|number| !done.contains(number));
        open.filter(|number| window.is_none_or(|window| lanes.insert(number % window.max(1))))
            .collect()
    }

    /// Joins the manifests of several runs. Runs that were repeated name the same chunks,
    /// because a plan depends on the file alone. The last one knows most of what they share. None if there
    /// is no manifest.
    pub fn merge(manifests: Vec<Self>) -> Option<Self> {
        let mut chunks = BTreeMap::new();
        let mut plan = None;
        let mut used = Used::default();
        let mut is_sent = false;
        let mut window = None;
        for manifest in manifests {
            is_sent |= manifest.is_sent;
            used += manifest.used;
            window = manifest.window;
            plan = Some(manifest.plan);
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
            is_sent,
            window,
            used,
        })
    }
}
