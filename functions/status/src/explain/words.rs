//! Why a task is not done, as a sentence.

use sluice_kind::OfKind;
use std::fmt::Write as _;

use sluice_api::{ChunkState, ChunkView, Waiting};
use sluice_task::{Task, TaskStatus};

/// Chunks whose search is told in words; the others are in the list of chunks.
const MOST_SEARCHED: usize = 10;

/// What a task waits for, in words.
pub(super) fn in_words(task: &Task, waiting_for: Waiting, chunks: &[ChunkView]) -> String {
    if !task.kind().reads_a_file()
        && let Some(words) = without_file(waiting_for)
    {
        return words.to_owned();
    }
    match waiting_for {
        Waiting::Nothing => format!("the task has ended ({}): it waits for nothing", task.status),
        Waiting::File => "the file has not arrived: send it as the answer of POST /upload says; \
                          the task ends by itself when it does not come"
            .to_owned(),
        Waiting::Splitter => "the file has arrived and waits for its turn to be read".to_owned(),
        Waiting::Time => match task.start_at {
            Some(start_at) => format!("it begins at {start_at:.0}; cancel it to keep it from that"),
            None => "it begins in a moment".to_owned(),
        },
        Waiting::Room => "as many imports of the station as may run at a time came before it and \
                          have not ended: it begins by itself when there is room; cancel those \
                          that are not needed"
            .to_owned(),
        Waiting::Splitting if chunks.is_empty() => {
            "the file is being cut into chunks; the first of them are imported meanwhile".to_owned()
        }
        Waiting::Splitting => format!(
            "the file is being cut into chunks; of those that are known {}",
            not_done(chunks)
        ),
        Waiting::Finisher => "all rows are done; the report on them is being made".to_owned(),
        Waiting::Handler if task.status == TaskStatus::Submitted => {
            format!("the service behind `{}` has not started it", task.name)
        }
        Waiting::Handler => format!(
            "the service behind `{}` is running it and was last heard of at {:.0}",
            task.name, task.modify_time
        ),
        Waiting::Resume if chunks.is_empty() => "the task is paused: resume it".to_owned(),
        Waiting::Resume => format!("the task is paused: resume it; {}", not_done(chunks)),
        Waiting::Chunks => not_done(chunks),
    }
}

/// The same for a task that reads no file, where the words are others.
fn without_file(waiting_for: Waiting) -> Option<&'static str> {
    Some(match waiting_for {
        Waiting::Splitter => "the task waits for its turn to begin",
        Waiting::Splitting => "the work is being cut into chunks",
        Waiting::Finisher => "all chunks are done; the result is being made",
        _ => return None,
    })
}

fn not_done(chunks: &[ChunkView]) -> String {
    let count = |state| chunks.iter().filter(|chunk| chunk.state == state).count();
    let states = [
        (ChunkState::Running, "running"),
        (ChunkState::Queued, "queued"),
        (ChunkState::NotSent, "not sent"),
        (ChunkState::Waiting, "waiting to be tried again"),
        (ChunkState::DeadLettered, "given up and about to be counted"),
    ];
    let states = states.map(|(state, words)| (count(state), words));
    let states: Vec<String> = states
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let mut text = match chunks.len() {
        1 => format!("1 chunk is not done: {}", states.join(", ")),
        many => format!("{many} chunks are not done: {}", states.join(", ")),
    };
    let searched = chunks
        .iter()
        .filter_map(|chunk| Some((chunk.chunk, chunk.search.as_ref()?)));
    for (chunk, search) in searched.take(MOST_SEARCHED) {
        let (first, last) = (search.first_row, search.last_row);
        let _ = write!(
            text,
            "; looking for the row that fails in chunk {chunk}: rows {first} to {last}"
        );
    }
    text
}
