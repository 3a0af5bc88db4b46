//! Profiles: where the time of a task went.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::TaskId;
use sluice_profile::{Profile, Stack, Stage, Times};
use sluice_task::Task;
use sluice_task::books::ChunkReport;

/// In which form a profile is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProfileFormat {
    /// A table of stages.
    #[default]
    Json,
    /// A graph in the language of Graphviz: `dot -Tsvg`.
    Dot,
    /// One line for each stack with its self time in microseconds, for flame graphs.
    Folded,
}

/// A profile is asked for in a form that there is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected json, dot or folded")]
pub struct UnknownFormat;

impl FromStr for ProfileFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "json" => Ok(Self::Json),
            "dot" => Ok(Self::Dot),
            "folded" => Ok(Self::Folded),
            _ => Err(UnknownFormat),
        }
    }
}

/// The answer to `GET /task/profile`: where the time of a task's chunks went, as far as they are committed.
///
/// `text` is there with the formats `dot` and `folded`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskProfile {
    /// The task.
    pub task_id: TaskId,
    /// How many chunks are in the profile.
    pub chunks: u32,
    /// From the start of the task's last run to its end, or to now, in milliseconds.
    pub wall_ms: f64,
    /// The time of all chunks together, in milliseconds.
    pub busy_ms: f64,
    /// How many chunks were worked on at the same time on average: `busy_ms / wall_ms`. With it, percentages of a
    /// stage whose calls overlap can be more than 100.
    pub concurrency: f64,
    /// From the last chunk's commit to the end, in milliseconds: the report, the joining of parts. Null until the
    /// task has ended.
    pub finishing_ms: Option<f64>,
    /// The stages, each under the one that it was called within.
    pub stages: Vec<StageView>,
    /// The same as a graph, or as folded stacks; null otherwise.
    pub text: Option<String>,
}

/// The calls of one stage within others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageView {
    /// The stage.
    pub name: String,
    /// The stages that it was called within, outermost first, and itself.
    pub stack: Vec<String>,
    /// How many calls there were.
    pub calls: u64,
    /// How long they took, added up: calls that overlap count each.
    pub total_ms: f64,
    /// The same without the time in which calls within them went on.
    pub self_ms: f64,
    /// `total_ms` in percent of `busy_ms`.
    pub total_percent: f64,
    /// `self_ms` in percent of `busy_ms`.
    pub self_percent: f64,
}

impl TaskProfile {
    /// Returns the profile of a task from the reports on its chunks.
    pub fn of(task: &Task, reports: &[ChunkReport], format: ProfileFormat, now: Timestamp) -> Self {
        let mut profile = Profile::default();
        for report in reports {
            profile += &report.profile;
        }
        let times: BTreeMap<Stack, Times> = profile.stacks().collect();
        let chunks = times
            .iter()
            .find(|(stack, _)| stack.stages().eq([Stage::Chunk]));
        let (chunks, busy) = chunks.map_or((0, 0.0), |(_, times)| (times.calls, ms(times.total)));
        let until = task.end_time.unwrap_or(now);
        let wall = task.start_time.map_or(0.0, |start| between(start, until));
        let last = reports
            .iter()
            .filter_map(|report| report.committed_at)
            .max();
        let stages: Vec<StageView> = (times.iter())
            .map(|(stack, times)| StageView::new(*stack, *times, busy))
            .collect();
        let text = match format {
            ProfileFormat::Json => None,
            ProfileFormat::Dot => Some(dot(&stages)),
            ProfileFormat::Folded => Some(folded(&times)),
        };
        Self {
            task_id: task.task_id,
            chunks: chunks as u32,
            wall_ms: round(wall),
            busy_ms: round(busy),
            concurrency: round(share(busy, wall)),
            finishing_ms: last
                .zip(task.end_time)
                .map(|(last, end)| round(between(last, end))),
            stages,
            text,
        }
    }
}

impl StageView {
    fn new(stack: Stack, times: Times, busy: f64) -> Self {
        let stack: Vec<String> = stack
            .stages()
            .map(|stage| stage.name().to_owned())
            .collect();
        let (total, own) = (ms(times.total), ms(times.own));
        Self {
            name: stack.last().cloned().unwrap_or_default(),
            stack,
            calls: times.calls,
            total_ms: round(total),
            self_ms: round(own),
            total_percent: round(100.0 * share(total, busy)),
            self_percent: round(100.0 * share(own, busy)),
        }
    }
}

/// A box for each stack, with its name, its total and self time in percent and its calls; an arrow from the caller.
fn dot(stages: &[StageView]) -> String {
    let mut text = "digraph profile {\n  node [shape=box];\n".to_owned();
    for stage in stages {
        let id = stage.stack.join(";");
        let _ = writeln!(
            text,
            "  \"{id}\" [label=\"{}\\n{} % ({} %)\\n{}x\"];",
            stage.name, stage.total_percent, stage.self_percent, stage.calls
        );
        if let Some((_, within @ [_, ..])) = stage.stack.split_last() {
            let within = within.join(";");
            let _ = writeln!(
                text,
                "  \"{within}\" -> \"{id}\" [label=\"{}x\"];",
                stage.calls
            );
        }
    }
    text.push_str("}\n");
    text
}

/// <https://github.com/brendangregg/FlameGraph#2-fold-stacks>
fn folded(times: &BTreeMap<Stack, Times>) -> String {
    let mut text = String::new();
    for (stack, times) in times {
        let _ = writeln!(text, "{stack} {}", times.own.as_micros());
    }
    text
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn between(start: Timestamp, end: Timestamp) -> f64 {
    (end.duration_since(start).as_secs_f64() * 1e3).max(0.0)
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// Two digits are enough for people.
fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_basics::rows::RowCounts;
    use sluice_csv::Chunk;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn report(number: u32, profile: &str, committed: i64) -> ChunkReport {
        let chunk = Chunk {
            number,
            start: 0,
            end: 1,
            first_row: 1,
            records: 1,
        };
        ChunkReport {
            profile: profile.parse().expect("a profile"),
            committed_at: Some(at(committed)),
            ..ChunkReport::done(1, &chunk, RowCounts::default())
        }
    }

    fn profile(format: ProfileFormat) -> TaskProfile {
        let task = Task {
            start_time: Some(at(10)),
            end_time: Some(at(16)),
            ..sluice_task::example()
        };
        // Tenths of milliseconds.
        let reports = [
            report(0, "c1,60000,3000|cb40,90000,90000|q1,5000,5000", 14),
            report(1, "c1,60000,3000|cb20,60000,57000|cbw2,3000,3000", 15),
        ];
        TaskProfile::of(&task, &reports, format, at(99))
    }

    #[test]
    fn the_times_of_all_chunks_are_added_up() {
        let profile = profile(ProfileFormat::Json);
        assert_eq!(
            (profile.chunks, profile.busy_ms, profile.wall_ms),
            (2, 12_000.0, 6_000.0)
        );
        assert_eq!(
            (profile.concurrency, profile.finishing_ms),
            (2.0, Some(1_000.0))
        );
        let lines: Vec<_> = (profile.stages.iter())
            .map(|stage| {
                let percent = (stage.total_percent, stage.self_percent);
                (stage.stack.join(";"), stage.calls, stage.total_ms, percent)
            })
            .collect();
        let expected = [
            ("chunk", 2, 12_000.0, (100.0, 5.0)),
            ("chunk;write_batch", 60, 15_000.0, (125.0, 122.5)),
            ("chunk;write_batch;wait", 2, 300.0, (2.5, 2.5)),
            ("queue_wait", 1, 500.0, (4.17, 4.17)),
        ];
        let expected =
            expected.map(|(stack, calls, ms, percent)| (stack.to_owned(), calls, ms, percent));
        assert_eq!(lines, expected);
        assert_eq!(profile.text, None);
    }

    #[test]
    fn a_graph_has_a_box_for_each_stack_and_an_arrow_from_its_caller() {
        let text = profile(ProfileFormat::Dot).text.expect("a graph");
        assert!(text.starts_with("digraph profile {\n"), "{text}");
        for line in [
            r#"  "chunk" [label="chunk\n100 % (5 %)\n2x"];"#,
            r#"  "chunk;write_batch" -> "chunk;write_batch;wait" [label="2x"];"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{text}");
        }
        assert_eq!(text.matches("->").count(), 2);
    }

    #[test]
    fn folded_stacks_have_their_self_time_in_microseconds() {
        let text = profile(ProfileFormat::Folded).text.expect("stacks");
        let expected = "chunk 600000\nchunk;write_batch 14700000\nchunk;write_batch;wait 300000\nqueue_wait 500000\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_task_without_chunks_has_an_empty_profile() {
        let task = sluice_task::example();
        let profile = TaskProfile::of(&task, &[], ProfileFormat::Json, at(99));
        assert_eq!(
            (profile.concurrency, profile.busy_ms, profile.stages),
            (0.0, 0.0, Vec::new())
        );
    }
}
