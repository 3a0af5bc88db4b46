CREATE TABLE IF NOT EXISTS mails (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,
    sent_ms INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    fate TEXT NOT NULL,
    tags TEXT NOT NULL,
    -- Whether it counts against what may be sent in 24 hours.
    counts INTEGER NOT NULL,
    text TEXT,
    -- The e-mail as a file, as it would be sent; none of one that was not rendered.
    eml BLOB,
    html TEXT
);
CREATE INDEX IF NOT EXISTS mails_by_time ON mails (sent_ms) WHERE counts = 1;
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    due_ms INTEGER NOT NULL,
    queue_url TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_time ON events (due_ms, id);
CREATE TABLE IF NOT EXISTS suppressed (
    address TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    updated_ms INTEGER NOT NULL
) WITHOUT ROWID;
