//! Rehearsing.

use clap::{Args, ValueEnum};

/// Rehearsing.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// About how many rows each kind has.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    pub rows: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many seeds are rehearsed, one after the other.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub seeds: u64,
    /// For how many seconds there are faults, if the work takes so long.
    #[arg(long, default_value_t = 120)]
    pub seconds: u64,
    /// How many seconds everything may take to end after that.
    #[arg(long, default_value_t = 600)]
    pub patience: u64,
    /// What is rehearsed, with commas between [default: all].
    #[arg(long, value_delimiter = ',')]
    pub kinds: Vec<Kind>,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

impl Rehearse {
    /// The kinds that are meant, each once.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let is_meant = |kind: &Kind| self.kinds.is_empty() || self.kinds.contains(kind);
        Kind::ALL.into_iter().filter(is_meant)
    }
}

/// A kind of rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Kind {
    /// Imports of members and staff, several of a station at the same time over the same keys and unique values.
    Import,
    /// An export, which must be what is stored.
    Export,
    /// The sums of score entries, which must be what the entries are together.
    Sums,
    /// An import that overwrites, and its undo, after which the table must be as before.
    Undo,
    /// Lists of orders, of which each is stored once, and their export.
    Orders,
    /// An evaluation of scores, which gives each member what its points say, once.
    Evaluation,
    /// A mailing, of which nobody gets two e-mails.
    Mailing,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Import,
        Self::Export,
        Self::Sums,
        Self::Undo,
        Self::Orders,
        Self::Evaluation,
        Self::Mailing,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
            Self::Sums => "sums",
            Self::Undo => "undo",
            Self::Orders => "orders",
            Self::Evaluation => "evaluation",
            Self::Mailing => "mailing",
        }
    }
}
