//! Planning a mailing: its audience and its template are frozen. Of several tries at that the first one to write
//! its summary wins, and all others follow it.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use sluice_aws::{
    AwsError, Clients, MailTemplates, Mailings, Objects, ReadError, ReadRow, RowReader, Settings,
    TaskStore, row_tables,
};
use sluice_basics::ids::{BusinessId, TaskId, TaskRef};
use sluice_basics::object_key;
use sluice_definition::{Catalog, ColumnType, Definition, Target, Value};
use sluice_engine::{BoxError, Cut, CutTask, Segments};
use sluice_export::Filter;
use sluice_lambda::Init;
use sluice_mail::{
    Audience, Frozen, Line, MOST_LIST_BYTES, MailValue, MailingInput, MailingPlan, Recipient,
    RecipientList, Values, built_in,
};
use sluice_task::Task;

/// Recipients of a mailing. So many addresses are kept in memory, to find those that come twice.
const MOST: u64 = 1_000_000;

/// Plans mailings.
#[derive(Debug)]
pub(crate) struct PlanMailing {
    clients: Clients,
    objects: Objects,
    templates: MailTemplates,
    mailings: Mailings,
    tasks: TaskStore,
    catalog: Catalog,
    row_tables: HashMap<String, String>,
    /// Recipients of a chunk.
    chunk: usize,
}

#[derive(Debug, thiserror::Error)]
enum FreezeError {
    #[error("{0}")]
    Refused(String),
    #[error("mailing {0} goes first, and has not begun")]
    NotYet(TaskId),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the recipients of a mailing cannot be written")]
    Json(#[from] serde_json::Error),
}

/// Which stored rows are in an audience.
struct WantedRows<'a> {
    takes: &'a (dyn Fn(&ReadRow) -> bool + Sync),
    /// The columns that this is decided by.
    places: &'a [usize],
    with_origins: bool,
}

/// Writes recipients, chunk by chunk.
struct Writer<'a> {
    objects: &'a Objects,
    task: &'a TaskRef,
    attempt: &'a str,
    seen: HashSet<String>,
    /// Whom another mailing tells.
    told: HashSet<String>,
    chunk: usize,
    lines: Vec<u8>,
    in_chunk: usize,
    chunks: u32,
    recipients: u64,
}

impl Writer<'_> {
    async fn add(&mut self, address: String, values: Values) -> Result<(), FreezeError> {
        if self.told.contains(&address) {
            return Ok(());
        }
        if self.recipients == MOST {
            let words =
                format!("a mailing has at most {MOST} recipients: choose fewer by a filter");
            return Err(FreezeError::Refused(words));
        }
        let line = Line {
            duplicate: !self.seen.insert(address.clone()),
            address,
            values,
        };
        serde_json::to_writer(&mut self.lines, &line)?;
        self.lines.push(b'\n');
        self.recipients += 1;
        self.in_chunk += 1;
        if self.in_chunk >= self.chunk {
            self.end_chunk().await?;
        }
        Ok(())
    }

    async fn end_chunk(&mut self) -> Result<(), FreezeError> {
        if self.in_chunk == 0 {
            return Ok(());
        }
        let key = object_key::audience(self.task, self.attempt, self.chunks);
        let lines = std::mem::take(&mut self.lines);
        self.objects
            .put(&key, "application/x-ndjson", lines)
            .await?;
        self.in_chunk = 0;
        self.chunks += 1;
        Ok(())
    }
}

impl PlanMailing {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let catalog = Catalog::load()?;
        let mail_table = settings.required("MAIL_TABLE")?;
        Ok(Self {
            clients: init.clients.clone(),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            templates: MailTemplates::new(init.clients, mail_table.clone()),
            mailings: Mailings::new(init.clients, mail_table),
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            row_tables: row_tables(&settings, &catalog)?,
            chunk: settings.parsed("MAILING_CHUNK")?,
            catalog,
        })
    }

    async fn freeze(&self, task: &Task, input: &MailingInput) -> Result<Frozen, FreezeError> {
        let (reference, station) = (task.reference(), &task.station_id);
        // Before anybody can need it.
        self.mailings.make_unsubscribe_key(station).await?;
        let template = self
            .templates
            .find(station, &input.template, &input.language, input.version)
            .await?;
        let template = template.ok_or_else(|| {
            let words = format!(
                "the template {} in {} is gone",
                input.template, input.language
            );
            FreezeError::Refused(words)
        })?;
        let variables = template.texts.variables();
        let variables = variables.map_err(|error| FreezeError::Refused(error.to_string()))?;
        let variables: Vec<&str> = variables
            .iter()
            .map(String::as_str)
            .filter(|name| !built_in(name))
            .collect();
        let attempt = format!("{:016x}", rand::random::<u64>());
        let mut writer = Writer {
            objects: &self.objects,
            task: &reference,
            attempt: &attempt,
            seen: HashSet::new(),
            told: HashSet::new(),
            chunk: self.chunk,
            lines: Vec::new(),
            in_chunk: 0,
            chunks: 0,
            recipients: 0,
        };
        match &input.audience {
            Audience::Addresses { object_key, .. } => {
                let recipients: Vec<Recipient> = self.objects.get_json(object_key).await?;
                for Recipient { address, values } in recipients {
                    writer.add(address, values).await?;
                }
            }
            Audience::List { object_key } => {
                let list = self.list(object_key).await?;
                let list =
                    RecipientList::new(&list, variables.iter().copied()).map_err(|error| {
                        FreezeError::Refused(format!("the list cannot be sent to: {error}"))
                    })?;
                for Recipient { address, values } in list.recipients() {
                    writer.add(address, values).await?;
                }
            }
            Audience::Import { task_id, business } => {
                let import = TaskRef {
                    task_id: *task_id,
                    ..reference.clone()
                };
                self.leave_out_told(&import, task, &mut writer).await?;
                let (definition, table) = self.table_of(business)?;
                let takes = |row: &ReadRow| row.origin.is_some_and(|one| one.task_id == *task_id);
                let wanted = WantedRows {
                    takes: &takes,
                    places: &[],
                    with_origins: true,
                };
                self.rows(task, definition, table, &wanted, &variables, &mut writer)
                    .await?;
            }
            Audience::Rows {
                business, filter, ..
            } => {
                let (definition, table) = self.table_of(business)?;
                let filter = Filter::new(definition, filter).ok_or_else(|| {
                    FreezeError::Refused(format!(
                        "the columns of `{business}` have changed since the mailing was asked for"
                    ))
                })?;
                let places: Vec<usize> = filter.places().collect();
                let takes = |row: &ReadRow| filter.takes(&row.values);
                let wanted = WantedRows {
                    takes: &takes,
                    places: &places,
                    with_origins: false,
                };
                self.rows(task, definition, table, &wanted, &variables, &mut writer)
                    .await?;
            }
        }
        writer.end_chunk().await?;
        let frozen = Frozen {
            recipients: writer.recipients,
            chunks: writer.chunks,
            version: template.version,
            texts: template.texts,
            attempt: attempt.clone(),
            at: Timestamp::now(),
        };
        let key = object_key::mailing(&reference);
        self.objects.put_json_once(&key, &frozen).await?;
        Ok(self.objects.get_json(&key).await?)
    }

    /// The bytes of a list. It is read as a whole: what is in it is checked before anybody gets an e-mail.
    async fn list(&self, key: &str) -> Result<Bytes, FreezeError> {
        let refused = |words: &str| FreezeError::Refused(format!("the list {key} {words}"));
        let list = self.objects.get_part(key, 0..MOST_LIST_BYTES).await?;
        let list = list.ok_or_else(|| refused("is not there, or is empty"))?;
        if list.of_bytes > MOST_LIST_BYTES {
            return Err(refused(&format!("has more than {MOST_LIST_BYTES} bytes")));
        }
        Ok(list.bytes)
    }

    async fn rows(
        &self,
        task: &Task,
        definition: &Definition,
        table: &str,
        wanted: &WantedRows<'_>,
        variables: &[&str],
        writer: &mut Writer<'_>,
    ) -> Result<(), FreezeError> {
        let gone = |what: &str| {
            FreezeError::Refused(format!(
                "`{}` has no column for a mailing: {what}",
                task.business_id
            ))
        };
        let address = email_column(definition).ok_or_else(|| gone("one with e-mail addresses"))?;
        let columns = variables.iter().map(|name| {
            let place = definition.column_index(name);
            place.ok_or_else(|| gone(&format!("`{name}`, which the template needs")))
        });
        let columns: Vec<usize> = columns.collect::<Result<_, _>>()?;
        let reader = RowReader::new(&self.clients, table.to_owned());
        for partition in 0..RowReader::PARTITIONS {
            let read = columns
                .iter()
                .copied()
                .chain(wanted.places.iter().copied())
                .chain([address]);
            let mut rows = reader.partition(&task.station_id, definition, partition, read);
            if wanted.with_origins {
                rows = rows.with_origins();
            }
            while let Some(page) = rows.next_rows().await? {
                for row in page {
                    let Some(Value::Text(to)) = &row.values[address] else {
                        continue;
                    };
                    if !(wanted.takes)(&row) {
                        continue;
                    }
                    let values = variables.iter().zip(&columns);
                    let values: BTreeMap<String, Option<MailValue>> = values
                        .map(|(name, place)| {
                            ((*name).to_owned(), row.values[*place].as_ref().map(shown))
                        })
                        .collect();
                    let values = Values::new(values);
                    let values = values.map_err(|error| {
                        FreezeError::Refused(format!("the row with the key `{}` has a value that no e-mail can have: {error}", row.key))
                    })?;
                    writer.add(to.clone(), values).await?;
                }
            }
        }
        Ok(())
    }

    fn table_of(&self, business: &BusinessId) -> Result<(&Definition, &str), FreezeError> {
        let found = self.catalog.get(business).and_then(|definition| {
            let Target::Table(table) = &definition.target else {
                return None;
            };
            Some((definition, self.row_tables.get(table)?.as_str()))
        });
        found.ok_or_else(|| {
            let words = format!("the rows of `{business}` are in no table of this release");
            FreezeError::Refused(words)
        })
    }

    /// Whether an earlier run has ended before there was something to send.
    async fn is_not_frozen(&self, task: &Task) -> Result<bool, AwsError> {
        let key = object_key::mailing(&task.reference());
        Ok(self.objects.find(&key).await?.is_none())
    }

    /// Leaves out whom another mailing tells that an import has created: one after an earlier run of it.
    async fn leave_out_told(
        &self,
        import: &TaskRef,
        own: &Task,
        writer: &mut Writer<'_>,
    ) -> Result<(), FreezeError> {
        for other in self.tasks.other_mailings_of(import, own.task_id).await? {
            let reference = other.reference();
            let frozen = self.objects.find(&object_key::mailing(&reference)).await?;
            let Some(frozen) = frozen else {
                // Of two that begin at the same time one goes first.
                if other.task_id < own.task_id && !other.status.has_ended() {
                    return Err(FreezeError::NotYet(other.task_id));
                }
                continue;
            };
            let frozen: Frozen = serde_json::from_slice(&frozen)?;
            for chunk in 0..frozen.chunks {
                let key = object_key::audience(&reference, &frozen.attempt, chunk);
                let lines = self.objects.get(&key).await?;
                for line in lines.split(|byte| *byte == b'\n') {
                    if line.is_empty() {
                        continue;
                    }
                    let line: Line = serde_json::from_slice(line)?;
                    writer.told.insert(line.address);
                }
            }
        }
        Ok(())
    }
}

/// The first column of a definition that has e-mail addresses.
fn email_column(definition: &Definition) -> Option<usize> {
    let is_email = |kind: &ColumnType| matches!(kind, ColumnType::Email(_));
    definition
        .columns
        .iter()
        .position(|column| is_email(&column.kind))
}

/// A stored value as the template sees it. A number keeps its digits.
fn shown(value: &Value) -> MailValue {
    match value {
        Value::Boolean(flag) => MailValue::Flag(*flag),
        Value::Number(digits) => match digits.parse::<serde_json::Number>() {
            Ok(number) if number.to_string() == *digits => MailValue::Number(number),
            _ => MailValue::Text(digits.clone()),
        },
        Value::Text(text) => MailValue::Text(text.clone()),
    }
}

#[async_trait]
impl CutTask for PlanMailing {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let input: MailingInput = serde_json::from_value(task.input.clone())?;
        // What was frozen is kept as long as files are. After that nobody knows who was sent to.
        if task.run_count > 1 && self.is_not_frozen(task).await? {
            let words =
                "what the mailing froze when it began is not there any more: ask for a new one";
            return Ok(Cut::Refused(words.to_owned()));
        }
        let frozen = match Box::pin(self.freeze(task, &input)).await {
            Err(FreezeError::Refused(words)) => return Ok(Cut::Refused(words)),
            frozen => frozen?,
        };
        if frozen.chunks == 0 {
            let words = match input.audience {
                Audience::List { .. } => "nobody is in the audience: the list has no rows",
                Audience::Import { .. } => {
                    "nobody is in the audience: no row that the import has created and nobody was told of has an \
                     e-mail address"
                }
                _ => {
                    "nobody is in the audience: no row that meets the filter has an e-mail address"
                }
            };
            return Ok(Cut::Refused(words.to_owned()));
        }
        let plan = MailingPlan {
            attempt: frozen.attempt,
            from_name: input.from_name,
            reply_to: input.reply_to,
            on_unknown: input.on_unknown,
        };
        Ok(Cut::Into(Segments::numbered(frozen.chunks, &plan)?))
    }
}
