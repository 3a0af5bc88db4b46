//! The folder of a mailbox: a database. An e-mail, its events and what it counts appear in one transaction.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::error::{OpenError, SesError};
use crate::event::SesEvent;
use crate::message::Message;
use crate::quota::Recent;
use crate::simulator::Fate;

/// How long to wait for another process to let go of the file.
const PATIENCE: Duration = Duration::from_secs(1);

const MAIL_COLUMNS: &str =
    "seq, message_id, sent_ms, sender, recipient, subject, fate, tags, text, html";

/// An open mailbox.
pub(crate) struct Store {
    connection: Connection,
    recent: Recent,
}

/// An e-mail in the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its place: greater for later ones.
    pub seq: i64,
    /// The id that the sender was told.
    pub message_id: String,
    /// When it was accepted.
    pub sent_at: Timestamp,
    /// The sender.
    pub sender: String,
    /// The recipient's address, as the sender wrote it.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// What became of it.
    pub fate: Fate,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its text, if it has one.
    pub text: Option<String>,
    /// Its HTML, if it has some.
    pub html: Option<String>,
}

/// An address on the account's suppression list.
#[derive(Clone, Debug)]
pub(crate) struct Suppressed {
    pub(crate) address: String,
    pub(crate) reason: String,
    pub(crate) updated_ms: i64,
}

/// An e-mail that is to be stored.
pub(crate) struct NewMail {
    pub(crate) message: Message,
    pub(crate) counts: bool,
    pub(crate) events: Vec<NewEvent>,
}

/// An event that is to be delivered.
pub(crate) struct NewEvent {
    pub(crate) due: Timestamp,
    pub(crate) queue_url: String,
    pub(crate) body: String,
}

impl Store {
    /// Opens or creates the folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(folder)?;
        let mut connection = Connection::open(folder.join("ses.sqlite"))?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(include_str!("schema.sql"))?;
        take_in_files(&mut connection, &folder.join("eml"))?;
        let recent = recent(&connection, Timestamp::now())?;
        Ok(Self { connection, recent })
    }

    /// Stores e-mails, all or none of them.
    pub(crate) fn add(&mut self, mails: &[NewMail], now: Timestamp) -> Result<(), SesError> {
        let transaction = self.connection.transaction()?;
        for mail in mails {
            let message = &mail.message;
            let eml = match message.fate {
                Fate::NotRendered => None,
                _ => Some(message.eml().map_err(io::Error::other)?),
            };
            let tags: BTreeMap<&str, &str> = message
                .tags
                .iter()
                .map(|tag| (tag.name.as_str(), tag.value.as_str()))
                .collect();
            let insert = "INSERT INTO mails (message_id, sent_ms, sender, recipient, subject, fate,
                tags, counts, text, html, eml) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
            transaction.prepare_cached(insert)?.execute(params![
                message.id,
                now.as_millisecond(),
                message.from,
                message.to,
                message.subject,
                message.fate.name(),
                serde_json::json!(tags).to_string(),
                mail.counts,
                message.text,
                message.html,
                eml,
            ])?;
            for event in &mail.events {
                let insert = "INSERT INTO events (due_ms, queue_url, body) VALUES (?1, ?2, ?3)";
                transaction.prepare_cached(insert)?.execute(params![
                    event.due.as_millisecond(),
                    event.queue_url,
                    event.body
                ])?;
            }
        }
        transaction.commit()?;
        let counting = mails.iter().filter(|mail| mail.counts).count();
        self.recent.add(now.as_millisecond(), counting as u64);
        Ok(())
    }

    /// How many e-mails of the last 24 hours count.
    pub(crate) fn sent_in_24_hours(&mut self, now: Timestamp) -> u64 {
        self.recent.total(now)
    }

    /// E-mails after a place, oldest first.
    pub(crate) fn mails_after(&self, seq: i64, max: usize) -> Result<Vec<Mail>, rusqlite::Error> {
        let query =
            format!("SELECT {MAIL_COLUMNS} FROM mails WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(&query)?;
        statement.query_map(params![seq, max], mail)?.collect()
    }

    /// E-mails before a place whose recipient or subject has a text in it, newest first.
    pub(crate) fn mails_before(
        &self,
        seq: i64,
        search: &str,
        max: usize,
    ) -> Result<Vec<Mail>, rusqlite::Error> {
        let query = format!(
            "SELECT {MAIL_COLUMNS} FROM mails WHERE seq < ?1
             AND (instr(lower(recipient), ?2) > 0 OR instr(lower(subject), ?2) > 0)
             ORDER BY seq DESC LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&query)?;
        let search = search.to_lowercase();
        let rows = statement.query_map(params![seq, search, max as i64], mail)?;
        rows.collect()
    }

    /// The e-mail with an id.
    pub(crate) fn mail(&self, message_id: &str) -> Result<Option<Mail>, rusqlite::Error> {
        let query = format!("SELECT {MAIL_COLUMNS} FROM mails WHERE message_id = ?1");
        let mut statement = self.connection.prepare_cached(&query)?;
        statement.query_row([message_id], mail).optional()
    }

    /// An e-mail as a file; none if it was not rendered.
    pub(crate) fn eml(&self, message_id: &str) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        let query = "SELECT eml FROM mails WHERE message_id = ?1";
        let mut statement = self.connection.prepare_cached(query)?;
        let file = statement.query_row([message_id], |row| row.get(0));
        Ok(file.optional()?.flatten())
    }

    /// How many e-mails there are.
    pub(crate) fn mail_count(&self) -> Result<u64, rusqlite::Error> {
        let query = "SELECT COUNT(*) FROM mails";
        self.connection.query_row(query, [], |row| row.get(0))
    }

    /// Events that are due, oldest first; if there are none, when the next one is.
    pub(crate) fn due_events(
        &self,
        now: Timestamp,
        max: usize,
    ) -> Result<(Vec<SesEvent>, Option<Timestamp>), rusqlite::Error> {
        let query = "SELECT id, queue_url, body FROM events WHERE due_ms <= ?1
            ORDER BY due_ms, id LIMIT ?2";
        let mut statement = self.connection.prepare_cached(query)?;
        let event = |row: &Row<'_>| {
            Ok(SesEvent {
                id: row.get(0)?,
                queue_url: row.get(1)?,
                body: row.get(2)?,
            })
        };
        let due = statement.query_map(params![now.as_millisecond(), max as i64], event)?;
        let due = due.collect::<Result<Vec<_>, _>>()?;
        if !due.is_empty() {
            return Ok((due, None));
        }
        let mut statement = self
            .connection
            .prepare_cached("SELECT MIN(due_ms) FROM events")?;
        let next: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok((due, next.map(time)))
    }

    /// Forgets events that were delivered.
    pub(crate) fn forget_events(&mut self, ids: &[i64]) -> Result<(), rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        for id in ids {
            transaction
                .prepare_cached("DELETE FROM events WHERE id = ?1")?
                .execute([id])?;
        }
        transaction.commit()
    }

    /// Puts an address on the account's suppression list.
    pub(crate) fn suppress(&self, entry: &Suppressed) -> Result<(), rusqlite::Error> {
        let insert = "INSERT INTO suppressed (address, reason, updated_ms) VALUES (?1, ?2, ?3)
            ON CONFLICT (address) DO UPDATE
            SET reason = excluded.reason, updated_ms = excluded.updated_ms";
        let values = params![entry.address, entry.reason, entry.updated_ms];
        self.connection.execute(insert, values)?;
        Ok(())
    }

    /// Takes an address off the list; false if it is not there.
    pub(crate) fn release(&self, address: &str) -> Result<bool, rusqlite::Error> {
        let delete = "DELETE FROM suppressed WHERE address = ?1";
        Ok(self.connection.execute(delete, [address])? > 0)
    }

    /// An address of the list.
    pub(crate) fn suppressed(&self, address: &str) -> Result<Option<Suppressed>, rusqlite::Error> {
        let query = "SELECT address, reason, updated_ms FROM suppressed WHERE address = ?1";
        let mut statement = self.connection.prepare_cached(query)?;
        statement.query_row([address], suppressed).optional()
    }

    /// Addresses of the list after one, in their order.
    pub(crate) fn suppressed_after(
        &self,
        address: &str,
        max: usize,
    ) -> Result<Vec<Suppressed>, rusqlite::Error> {
        let query = "SELECT address, reason, updated_ms FROM suppressed WHERE address > ?1
            ORDER BY address LIMIT ?2";
        let mut statement = self.connection.prepare_cached(query)?;
        let rows = statement.query_map(params![address, max as i64], suppressed)?;
        rows.collect()
    }
}

/// Takes in the files that versions before this one kept beside the database, one for each e-mail. A process
/// that dies on the way does it again.
fn take_in_files(connection: &mut Connection, files: &Path) -> Result<(), OpenError> {
    let has_column = connection.prepare("SELECT eml FROM mails").is_ok();
    if !has_column {
        connection.execute("ALTER TABLE mails ADD COLUMN eml BLOB", [])?;
    }
    if !files.is_dir() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for entry in files.read_dir()? {
        let path = entry?.path();
        if let Some(id) = path.file_stem().and_then(|stem| stem.to_str()) {
            transaction
                .prepare_cached("UPDATE mails SET eml = ?1 WHERE message_id = ?2")?
                .execute(params![fs::read(&path)?, id])?;
        }
    }
    transaction.commit()?;
    Ok(fs::remove_dir_all(files)?)
}

/// What counts of the e-mails that are stored.
fn recent(connection: &Connection, now: Timestamp) -> Result<Recent, rusqlite::Error> {
    let query = "SELECT sent_ms, COUNT(*) FROM mails WHERE counts = 1 AND sent_ms > ?1
        GROUP BY sent_ms ORDER BY sent_ms";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([Recent::since(now)])?;
    let mut recent = Recent::default();
    while let Some(row) = rows.next()? {
        recent.add(row.get(0)?, row.get(1)?);
    }
    Ok(recent)
}

fn suppressed(row: &Row<'_>) -> rusqlite::Result<Suppressed> {
    Ok(Suppressed {
        address: row.get(0)?,
        reason: row.get(1)?,
        updated_ms: row.get(2)?,
    })
}

fn mail(row: &Row<'_>) -> rusqlite::Result<Mail> {
    let fate: String = row.get("fate")?;
    let tags: String = row.get("tags")?;
    Ok(Mail {
        seq: row.get("seq")?,
        message_id: row.get("message_id")?,
        sent_at: time(row.get("sent_ms")?),
        sender: row.get("sender")?,
        recipient: row.get("recipient")?,
        subject: row.get("subject")?,
        // What this crate wrote, it can read.
        fate: Fate::from_name(&fate).unwrap_or(Fate::Delivered),
        tags: serde_json::from_str(&tags).unwrap_or_default(),
        text: row.get("text")?,
        html: row.get("html")?,
    })
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}
