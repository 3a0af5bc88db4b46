//! How a command ends: what it prints, and its exit code.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use sluice_core::task::TaskStatus;

/// Prints an answer: as one JSON object, or for people.
pub(crate) fn print(answer: &(impl Display + Serialize), json: bool) -> Result<()> {
    let text = if json {
        serde_json::to_string(answer)?
    } else {
        answer.to_string()
    };
    print_text(&text);
    Ok(())
}

/// Prints a text that ends without a line break.
pub(crate) fn print_text(text: &str) {
    // A reader that has seen enough, such as `head`, is no failure of the command.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Returns the exit code of a command that waited for the end of a task.
pub(crate) fn exit_code(status: TaskStatus) -> ExitCode {
    ExitCode::from(code_of(status))
}

fn code_of(status: TaskStatus) -> u8 {
    match status {
        TaskStatus::Finished => 0,
        TaskStatus::PartlySucceeded => 2,
        TaskStatus::Failed => 3,
        TaskStatus::Submitted | TaskStatus::Running => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_ends_differ_from_each_other_and_from_those_of_errors() {
        let ends = [
            TaskStatus::Finished,
            TaskStatus::PartlySucceeded,
            TaskStatus::Failed,
        ];
        assert_eq!(ends.map(code_of), [0, 2, 3]);
        assert!(!ends.map(code_of).contains(&crate::cli::USAGE));
        assert_eq!(code_of(TaskStatus::Running), 1);
    }
}
