//! Showing everything on made-up data: a story in steps, each of which compares its figures with what the files hold.

mod guide;
mod made;
mod step;
mod story;

use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use indicatif::HumanCount;
use serde_json::json;
use sluice_basics::ids::StationId;
use tempfile::TempDir;

use crate::cli::{Demo, options};
use crate::environment::print;
use crate::serve::{console, mailbox};
use crate::system::System;

use step::Step;
use story::Story;

/// Whose rows they are.
const STATION: &str = "demo";
/// Small chunks, so that a small file has several.
const CHUNK_BYTES: u64 = 32 << 10;
/// A reconciliation looks a second time at sums that differ, since they follow their entries by some seconds. Here
/// they follow at once.
const RECONCILE_WAIT: (&str, &str) = ("RECONCILE_WAIT_SECONDS", "2");

/// Tells the story, and keeps running if that is wanted.
///
/// # Errors
///
/// If a step fails, or it is stopped by Ctrl-C.
pub async fn run(arguments: Demo) -> Result<ExitCode> {
    let (folder, temporary) = folder(&arguments)?;
    let outcome = in_folder(&arguments, folder).await;
    if let Some(temporary) = temporary {
        let path = temporary.path().to_owned();
        let closed = temporary.close();
        closed.with_context(|| format!("{} cannot be deleted: delete it", path.display()))?;
    }
    outcome
}

/// Returns where state is kept, and the folder that is to be deleted in the end.
fn folder(arguments: &Demo) -> Result<(PathBuf, Option<TempDir>)> {
    if let Some(named) = &arguments.data_dir {
        let mut entries = named.read_dir().into_iter().flatten();
        if entries.next().is_some() {
            bail!(
                "{} is not empty: the demo begins with nothing; name a new folder with --data-dir",
                named.display()
            );
        }
        return Ok((named.clone(), None));
    }
    let folder = TempDir::with_prefix("sluice-demo-").context("there is no temporary folder")?;
    Ok((folder.path().join("data"), Some(folder)))
}

async fn in_folder(arguments: &Demo, folder: PathBuf) -> Result<ExitCode> {
    let mut options = options(folder, false, Some(CHUNK_BYTES));
    let (name, value) = RECONCILE_WAIT;
    options
        .environment
        .insert(name.to_owned(), value.to_owned());
    // From the beginning: one that is stopped early leaves no folder behind, either.
    let mut stop = pin!(tokio::signal::ctrl_c());
    let system = tokio::select! {
        system = System::start(options) => system?,
        _ = &mut stop => bail!("stopped"),
    };
    let outcome = tokio::select! {
        outcome = told(arguments, &system) => outcome,
        _ = &mut stop => Err(anyhow!("stopped")),
    };
    if outcome.is_ok() && arguments.serve {
        stop.await?;
    }
    system.stop().await;
    outcome
}

/// Tells the story and prints each step as it ends.
async fn told(arguments: &Demo, system: &System) -> Result<ExitCode> {
    let began = Instant::now();
    let station: StationId = STATION.parse()?;
    system.data.keep_ports(system.ports)?;
    let story = Story::new(system, station.clone(), arguments.rows, arguments.seed)?;
    if !arguments.json {
        print(&format!(
            "Sluice on made-up data: {} members of the station `{station}`, all on this machine.\n\n",
            HumanCount(arguments.rows)
        ));
    }
    let mut steps = Vec::new();
    let show = |step: Step| {
        if !arguments.json {
            print(&format!("{}. {step}\n", steps.len() + 1));
        }
        steps.push(step);
    };
    Box::pin(story.tell(show)).await?;
    let is_right = steps.iter().all(Step::is_right);
    let seconds = began.elapsed().as_secs_f64();
    let kept = arguments.data_dir.as_deref();
    if arguments.json {
        let urls = arguments
            .serve
            .then(|| console(system, &station))
            .transpose()?;
        let printed = json!({
            "right": is_right, "steps": steps, "elapsed_ms": began.elapsed().as_millis() as u64,
            "data_dir": kept, "console": urls, "mailbox": arguments.serve.then(|| mailbox(system)),
        });
        print(&format!("{printed}\n"));
    } else {
        print(&end(arguments, is_right, seconds));
        if arguments.serve {
            print(&format!(
                "\nIt stays up until Ctrl-C:\n  Console  {}\n  Mailbox  {}\n  \
                 In another terminal: export $(sluice env --data-dir {} | grep ^SLUICE_)\n",
                console(system, &station)?,
                mailbox(system),
                system.data.join("").display()
            ));
        }
    }
    Ok(if is_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is printed in the end: whether all was right, and where to look next.
fn end(arguments: &Demo, is_right: bool, seconds: f64) -> String {
    let verdict = if is_right {
        "Every figure is what the files say it must be."
    } else {
        "Some figures are not what they must be: see WRONG above."
    };
    let place = match &arguments.data_dir {
        Some(folder) => {
            let folder = folder.display();
            format!(
                "The files are in {folder}/demo, and `sluice --data-dir {folder}` serves what is stored.\n"
            )
        }
        None if arguments.serve => String::new(),
        None => {
            "Nothing is left of it. `sluice demo --serve` stays up, with the console.\n".to_owned()
        }
    };
    format!(
        "{verdict} It took {seconds:.0} s.\n{place}Next: docs/tutorial.md has the same by hand, and `sluice` serves a \
         system of your own.\n"
    )
}
