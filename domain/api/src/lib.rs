//! The HTTP contract as types: the envelope, its codes, and what travels in it.

#![warn(missing_docs)]

mod businesses;
mod exports;
mod histories;
mod limits;
mod mails;
mod orders;
mod previews;
mod profiles;
mod scores;
mod stations;
mod tasks;
mod troubles;
mod uploads;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use sluice_basics::ids::TaskId;
use sluice_basics::quote::shortened;

pub use businesses::{BusinessView, Businesses, ColumnView};
pub use exports::ExportAnswer;
pub use histories::TaskHistory;
pub use limits::{MAX_INPUT_BYTES, MAX_NAMED, MAX_RESULT_BYTES, MAX_SEARCH_CHARS};
pub use mails::{
    MAX_ADDRESSES, MailPreview, MailPreviewRequest, MailSendAnswer, MailSendRequest, NamedTemplate,
    NoTemplateCursor, PutTemplateRequest, SentAudience, SentTexts, SuppressionList,
    SuppressionRequest, SuppressionView, TemplateCursor, TemplateList, TemplateSummary,
    TemplateView,
};
pub use orders::{OrderDetailAnswer, SubmitAnswer, SubmitRequest};
pub use previews::{ColumnMatch, FilePreview, PreviewLine, PreviewRequest};
pub use profiles::{ProfileFormat, StageView, TaskProfile, UnknownFormat};
pub use scores::{
    ActionKind, ActionView, ActionsAnswer, DayView, EvaluateRequest, MonthView, ReconcileRequest,
    RollingView, ScoreTaskAnswer, SumsAnswer,
};
pub use sluice_basics::text::{ShortText, Text, TextError};
pub use sluice_export::ExportRequest;
pub use sluice_import::report::{CodedProblem, FileColumn, RowError};
pub use sluice_kind::TaskAction;
pub use sluice_task::history::{Actor, Event, EventKind};
pub use stations::{ConfigAnswer, ConfigRequest, DeliveryList, DeliveryView, WebhookView};
pub use tasks::{
    AddProblem, AddRequest, ChunksView, FinishRequest, HideRequest, Outcome, RetryRequest,
    RowsView, TaskList, TaskRequest, TaskTotals, TaskView, UndoRequest, UpdateRequest,
};
pub use troubles::{ChunkState, ChunkView, Explanation, RowErrors, SearchView, Waiting};
pub use uploads::{
    CompleteRequest, PartTicket, SentPart, UploadAnswer, UploadRequest, UploadTicket,
};

/// When to try again what was refused as [`Code::TooMany`]: the header `Retry-After`.
pub const RETRY_AFTER_SECONDS: u32 = 60;

/// The longest message of a refusal, in characters: a hundred tasks can be named in it.
const MAX_MSG_CHARS: usize = 10_000;

/// What an answer's `code` says. The first three digits are the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// 0: it worked.
    Ok,
    /// 40001: the request is wrong; `msg` says what to change.
    BadInput,
    /// 40101: no token, or one that is not valid.
    Unauthorized,
    /// 40301: the token does not carry the scope.
    Forbidden,
    /// 40401: no such task in this station, or no such route.
    NotFound,
    /// 40901: it contradicts what is there already.
    Conflict,
    /// 41301: the body is too large.
    TooLarge,
    /// 42901: too many at once; try again after [`RETRY_AFTER_SECONDS`].
    TooMany,
    /// 50001: our fault; try again later.
    Internal,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::BadInput,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::TooLarge,
        Self::TooMany,
        Self::Internal,
    ];

    /// What it means, for documentation.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "it worked",
            Self::BadInput => "the request is wrong; `msg` names the field and what to change",
            Self::Unauthorized => "no token, or one that is not valid: get a new one",
            Self::Forbidden => "the token lacks the scope that `msg` names, or a valid station_id",
            Self::NotFound => "no such task in this station, or no such route",
            Self::Conflict => "it contradicts what is there already; `msg` says what that is",
            Self::TooLarge => "the body or the file is too large; `msg` names the other way",
            Self::TooMany => "too many at once: try again later, as the header Retry-After says",
            Self::Internal => "a fault on our side: try again in a moment",
        }
    }

    /// The number in the envelope.
    pub fn number(self) -> u32 {
        match self {
            Self::Ok => 0,
            Self::BadInput => 40001,
            Self::Unauthorized => 40101,
            Self::Forbidden => 40301,
            Self::NotFound => 40401,
            Self::Conflict => 40901,
            Self::TooLarge => 41301,
            Self::TooMany => 42901,
            Self::Internal => 50001,
        }
    }

    /// The HTTP status that goes with it.
    pub fn http_status(self) -> u16 {
        match self {
            Self::Ok => 200,
            other => (other.number() / 100) as u16,
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.number())
    }
}

/// Every answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Envelope<T> {
    /// 0 or what went wrong.
    #[schemars(with = "u32")]
    pub code: Code,
    /// What went wrong, for a person; empty when nothing did.
    pub msg: String,
    /// The answer; null when something went wrong.
    pub data: Option<T>,
}

/// A refusal: what a handler returns instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{msg}")]
pub struct Refusal {
    /// The kind.
    pub code: Code,
    /// What the caller can do.
    pub msg: String,
}

impl Refusal {
    /// A refusal of a kind.
    pub fn new(code: Code, msg: impl Into<String>) -> Self {
        Self {
            code,
            msg: shortened(&msg.into(), MAX_MSG_CHARS),
        }
    }

    /// There is no such task in the caller's station.
    pub fn no_such_task() -> Self {
        Self::new(Code::NotFound, "no such task")
    }

    /// The caller's own id belongs to a task that was asked for with other content.
    pub fn other_content(task_id: TaskId) -> Self {
        Self::conflict(format!(
            "this user_task_id belongs to task {task_id}, which was asked for with other content: \
             take another user_task_id"
        ))
    }

    /// It contradicts what is there.
    pub fn conflict(msg: impl Into<String>) -> Self {
        Self::new(Code::Conflict, msg)
    }

    /// The request is wrong.
    pub fn bad_input(msg: impl Into<String>) -> Self {
        Self::new(Code::BadInput, msg)
    }

    /// Others are served first.
    pub fn busy() -> Self {
        Self::new(
            Code::TooMany,
            "too many tasks of this station are being added at the same moment: try again",
        )
    }

    /// A task is stored, and its record cannot be read.
    pub fn unreadable() -> Self {
        Self::new(
            Code::Internal,
            "this task is stored, but its record cannot be read, and nothing was changed: ask the \
             operator of this system, whose log names it. If it has not ended, it is ended as \
             failed within half an hour",
        )
    }

    /// Our fault. What happened goes to the log, never to the caller.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "something went wrong on our side: try again in a moment",
        )
    }
}
