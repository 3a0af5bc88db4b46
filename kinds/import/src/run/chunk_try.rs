//! What a try at a chunk is about.

use sluice_definition::Definition;
use sluice_engine::Attempt;

use crate::run::ImportChunk;

/// One try at a chunk.
pub(crate) struct ChunkTry<'a> {
    pub(crate) message: &'a ImportChunk,
    pub(crate) definition: &'a Definition,
    pub(crate) attempt: Attempt<'a>,
    /// Tells the objects that this try stores from those of others.
    pub(crate) name: String,
}
