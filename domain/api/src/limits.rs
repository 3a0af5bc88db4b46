//! What callers may send at most.

/// The largest input of a task, as JSON. With the result it must fit into one item of 400 KB.
pub const MAX_INPUT_BYTES: usize = 128 << 10;
/// The largest result of a task, as JSON.
pub const MAX_RESULT_BYTES: usize = 128 << 10;
/// How many tasks one request may name: a transaction has at most 100 actions.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub const MAX_NAMED: usize = 100;

/// How long the search text of a list may be, in characters.
pub const MAX_SEARCH_CHARS: usize = 200;
