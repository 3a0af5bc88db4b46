//! What a report comes to: the first problems, and how many rows have each kind of problem.

use std::collections::BTreeMap;

use serde::Serialize;
use sluice_definition::{Problem, ProblemCode};

use super::message;

/// How many problems a task's result has.
const FIRST: usize = 20;
/// How many kinds of problems it has.
const KINDS: usize = 100;
/// How many kinds are told apart. A definition has fewer; an endpoint may name any column.
const KINDS_TOLD_APART: usize = 10_000;

/// A problem of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// The row, as in the failed-rows file.
    pub row: u64,
    /// The column at fault; empty when the whole row is meant.
    pub column: String,
    /// What kind of problem.
    pub code: ProblemCode,
    /// What is wrong and what to do.
    pub message: String,
}

/// How many rows have a kind of problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProblemCount {
    /// The column at fault; empty when the whole row is meant.
    pub column: String,
    /// What kind of problem.
    pub code: ProblemCode,
    /// Rows that have it.
    pub rows: u64,
}

/// What was found in the rows of a report. Bounded, however many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    first: Vec<RowProblem>,
    rows: BTreeMap<(String, ProblemCode), u64>,
}

impl Findings {
    /// Counts a row: under each kind of its problems once.
    pub(super) fn add(&mut self, row: u64, problems: &[Problem]) {
        for (index, problem) in problems.iter().enumerate() {
            if self.first.len() < FIRST {
                self.first.push(RowProblem {
                    row,
                    column: problem.column.clone(),
                    code: problem.code,
                    message: message(&problem.column, &problem.message),
                });
            }
            let is_like =
                |other: &Problem| (&other.column, other.code) == (&problem.column, problem.code);
            if !problems[..index].iter().any(is_like) {
                self.count(problem);
            }
        }
    }

    fn count(&mut self, problem: &Problem) {
        let mut kind = (problem.column.clone(), problem.code);
        if self.rows.len() >= KINDS_TOLD_APART && !self.rows.contains_key(&kind) {
            kind.0.clear();
        }
        *self.rows.entry(kind).or_default() += 1;
    }

    /// The first problems in the order of the file.
    pub fn problems(&self) -> &[RowProblem] {
        &self.first
    }

    /// The kinds that most rows have, largest first.
    pub fn counts(&self) -> Vec<ProblemCount> {
        let kinds = self.rows.iter();
        let mut counts: Vec<ProblemCount> = kinds
            .map(|((column, code), rows)| ProblemCount {
                column: column.clone(),
                code: *code,
                rows: *rows,
            })
            .collect();
        // Kinds that as many rows have stay in the order of their names.
        counts.sort_by_key(|count| std::cmp::Reverse(count.rows));
        counts.truncate(KINDS);
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(column: &str, code: ProblemCode) -> Problem {
        Problem::new(column, code, "is wrong")
    }

    #[test]
    fn a_row_counts_once_under_each_kind_of_its_problems() {
        let mut findings = Findings::default();
        let name = problem("name", ProblemCode::Required);
        let phone = problem("phone", ProblemCode::NotAPhone);
        findings.add(2, &[name, phone.clone(), phone.clone()]);
        findings.add(3, &[phone]);
        let counts: Vec<_> = findings
            .counts()
            .into_iter()
            .map(|c| (c.column, c.rows))
            .collect();
        assert_eq!(counts, [("phone".to_owned(), 2), ("name".to_owned(), 1)]);
        let rows: Vec<u64> = findings
            .problems()
            .iter()
            .map(|problem| problem.row)
            .collect();
        assert_eq!(rows, [2, 2, 2, 3]);
        assert_eq!(findings.problems()[0].message, "name: is wrong");
    }

    #[test]
    fn findings_stay_small_however_many_kinds_there_are() {
        let mut findings = Findings::default();
        for row in 0..20_000 {
            findings.add(row, &[problem(&format!("c{row}"), ProblemCode::Refused)]);
        }
        assert_eq!(findings.problems().len(), FIRST);
        assert_eq!(findings.rows.len(), KINDS_TOLD_APART + 1);
        let counts = findings.counts();
        assert_eq!((counts.len(), counts[0].rows), (KINDS, 10_000));
    }
}
