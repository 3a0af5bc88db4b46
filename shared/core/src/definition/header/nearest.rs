//! Which name somebody may have meant.

/// How much alike two names must be, from 0 to 1: more than half of the longer one.
const ALIKE: f64 = 0.5;
/// Longer names are not compared; a broken header can have one of a megabyte.
const MAX_BYTES: usize = 200;

/// The place of the candidate that is most like one of the wanted names; none if none is much
/// like them. All names are normalized.
pub(super) fn nearest<'a>(
    wanted: impl Iterator<Item = String>,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<usize> {
    let wanted: Vec<String> = wanted.collect();
    let mut best = None;
    let mut most = ALIKE;
    for (place, candidate) in candidates.enumerate() {
        if candidate.len() > MAX_BYTES {
            continue;
        }
        for name in &wanted {
            let alike = strsim::normalized_damerau_levenshtein(name, candidate);
            if alike > most {
                (best, most) = (Some(place), alike);
            }
        }
    }
    best
}
