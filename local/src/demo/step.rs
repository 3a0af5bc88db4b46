//! A step of the story: what was done, its figures, and which of them are not what they must be.

use std::fmt::{self, Debug, Display};

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A step that has ended.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    name: &'static str,
    title: String,
    /// What one types for the same.
    commands: Vec<String>,
    /// What came of it, in words.
    said: Vec<String>,
    /// What was compared, as it was found.
    figures: Map<String, Value>,
    /// What is not what it must be.
    violations: Vec<String>,
}

impl Step {
    pub(super) fn new(name: &'static str, title: impl Into<String>) -> Self {
        Self {
            name,
            title: title.into(),
            commands: Vec::new(),
            said: Vec::new(),
            figures: Map::new(),
            violations: Vec::new(),
        }
    }

    /// Adds a command, or a request, that does the same.
    pub(super) fn command(&mut self, command: impl Into<String>) {
        self.commands.push(command.into());
    }

    /// Adds a line about what came of it.
    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    /// Compares a figure with what it must be.
    pub(super) fn compare<T: PartialEq + Serialize + Debug>(
        &mut self,
        figure: &str,
        expected: &T,
        found: &T,
    ) {
        self.figures.insert(figure.to_owned(), json!(found));
        if expected != found {
            let violation = format!("{figure} must be {expected:?} and is {found:?}");
            self.violations.push(violation);
        }
    }

    /// Whether all figures are what they must be.
    pub(super) fn is_right(&self) -> bool {
        self.violations.is_empty()
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for command in &self.commands {
            writeln!(f, "   $ {command}")?;
        }
        for line in &self.said {
            writeln!(f, "   {line}")?;
        }
        for violation in &self.violations {
            writeln!(f, "   WRONG: {violation}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_is_not_what_it_must_be_is_shown_and_makes_the_step_wrong() {
        let mut step = Step::new("import", "Import a file");
        step.command("sluice import members.csv");
        step.compare("succeeded", &5, &5);
        assert!(step.is_right());
        step.compare("failed", &2, &1);
        assert!(!step.is_right());
        assert_eq!(
            step.to_string(),
            "Import a file\n   $ sluice import members.csv\n   WRONG: failed must be 2 and is 1\n"
        );
        assert_eq!(step.figures["failed"], 1);
    }
}
