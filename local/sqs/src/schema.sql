-- The whole durable state. What is in flight is not part of it: receivers die with the process.
CREATE TABLE IF NOT EXISTS queues (
    name       TEXT PRIMARY KEY,
    settings   TEXT NOT NULL,
    created_s  INTEGER NOT NULL,
    modified_s INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT never reuses a number, so an old receipt handle cannot meet a new message.
CREATE TABLE IF NOT EXISTS messages (
    seq                INTEGER PRIMARY KEY AUTOINCREMENT,
    queue              TEXT NOT NULL,
    id                 TEXT NOT NULL,
    body               TEXT NOT NULL,
    group_id           TEXT,
    trace_header       TEXT,
    sent_ms            INTEGER NOT NULL,
    visible_ms         INTEGER NOT NULL,
    receive_count      INTEGER NOT NULL DEFAULT 0,
    first_received_ms  INTEGER,
    dead_letter_source TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue);
