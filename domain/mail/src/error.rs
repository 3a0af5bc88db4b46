//! What may be wrong with a template, or with the values that fill it.

use super::syntax::{Part, SyntaxError};

/// Why a template is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It has neither a text nor HTML.
    #[error("a template has a text, HTML or both")]
    NoBody,
    /// A part is empty.
    #[error("{0}: is empty")]
    Empty(Part),
    /// A part is too long.
    #[error("{part}: has more than {limit}")]
    TooLong {
        /// Which part.
        part: Part,
        /// What it may have.
        limit: String,
    },
    /// The subject has several lines.
    #[error("subject: has a line break or another control character")]
    Lines,
    /// A part cannot be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The sample lacks variables.
    #[error(
        "sample: has no value for {0}: give each variable of the template one, or null if it may be missing"
    )]
    Sample(String),
    /// The template cannot be filled with its sample.
    #[error("sample: {0}")]
    Render(#[from] RenderError),
}

/// Why a template cannot be filled with some values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A variable is missing.
    #[error("{part}, line {line}: {names} no value")]
    Missing {
        /// Which part.
        part: Part,
        /// Where, counted from 1.
        line: usize,
        /// Which may be it, with the verb.
        names: String,
    },
    /// A value is not what a filter or a comparison needs.
    #[error("{part}, line {line}: {problem}")]
    Value {
        /// Which part.
        part: Part,
        /// Where, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A part is too long.
    #[error("{0}: is too long once its values are in it")]
    TooLong(Part),
    /// The subject has nothing in it.
    #[error("subject: is empty once its values are in it")]
    NoSubject,
}
