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
        let alike = likeness(&wanted, candidate);
        if alike > most {
            (best, most) = (Some(place), alike);
        }
    }
    best
}

/// How much a candidate is like the most similar of the wanted names, if it is much like it. All
/// names are normalized.
pub(super) fn alike(wanted: &[String], candidate: &str) -> Option<f64> {
    let likeness = likeness(wanted, candidate);
    (candidate.len() <= MAX_BYTES && likeness > ALIKE).then_some(likeness)
}

fn likeness(wanted: &[String], candidate: &str) -> f64 {
    wanted
        .iter()
        .map(|name| strsim::normalized_damerau_levenshtein(name, candidate))
        .fold(0.0, f64::max)
}
