//! What every test stands on: a whole system in a folder of its own, clients of it, and files.

mod back_office;
mod by_hand;
mod caller;
mod counting;
mod deliveries;
mod hearing;
mod hooks;
mod orders;
mod packed;
mod points;
mod records;
mod report;
mod rights;
mod routes;
mod sample;
mod spreadsheet;
mod staff;
mod stored;
mod verbs;

use std::path::Path;
use std::time::{Duration, Instant};

use sluice::system::{Options, System};
use tempfile::TempDir;

pub use back_office::{Asked, BackOffice, Reply};
pub use by_hand::{ByHand, numbers};
pub use caller::{Answer, Caller};
pub use counting::Numbers;
pub use deliveries::{CHUNKS, CHUNKS_DEAD_LETTERS, attribute};
pub use hearing::Hearing;
pub use hooks::{HookReceiver, Told};
pub use orders::{ORDERS, an_order, generated, good_orders, list};
pub use packed::{gzip, unzipped, workbook, zip};
pub use points::{SCORE_ACTIONS, SCORES, SUMS, entries};
pub use records::FIELDS;
pub use report::{FailedRow, failed_rows};
use rights::Rights;
pub use routes::ROUTES;
pub use sample::{fixture, flawed_members, members, records};
pub use sluice::faults::{Fault, FaultyRoad, is_commit, writes_rows};
pub use spreadsheet::Spreadsheet;
pub use staff::{STAFF, Staff, staff_file};
pub use stored::{Item, Items, Rows, TASKS, expected_member, text};
pub use verbs::{id_of, ids, process};

/// The station of tests that need only one.
pub const STATION: &str = "demo";
/// The bucket of the template.
pub const BUCKET: &str = "sluice-files";
/// Chunks small enough that a file of some hundred rows has many.
pub const SMALL_CHUNKS: u64 = 4 << 10;

/// A system that ends, with all it stored, when it is dropped.
pub struct Sluice {
    pub system: System,
    folder: TempDir,
    _rights: Rights,
}

impl Sluice {
    /// A system as the template describes it.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A system that cuts files into chunks of [`SMALL_CHUNKS`].
    pub async fn with_small_chunks() -> Self {
        Self::with(|options| set_chunk_bytes(options, SMALL_CHUNKS)).await
    }

    /// A system with other options.
    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut options = Options::new(folder.path().join("data"));
        // On a busy machine few orders are still few.
        let patience = ("AT_ONCE_MILLISECONDS".to_owned(), "20000".to_owned());
        options.environment.extend([patience]);
        change(&mut options);
        let system = System::start(options).await.expect("a system that starts");
        Self {
            _rights: Rights::of(&system),
            system,
            folder,
        }
    }

    /// A system whose functions reach DynamoDB over a faulty road.
    pub async fn behind(road: &FaultyRoad, change: impl FnOnce(&mut Options)) -> Self {
        let sluice = Self::with(|options| {
            set_chunk_bytes(options, SMALL_CHUNKS);
            options.dynamodb_url = Some(road.url.clone());
            change(options);
        })
        .await;
        road.lead_to(&sluice.system.urls);
        sluice
    }

    /// Ends the system as a crash does, in the middle of whatever it does, and starts it again on the same
    /// data.
    #[must_use]
    pub async fn crash(self, road: &FaultyRoad, change: impl FnOnce(&mut Options)) -> Self {
        let Self {
            system,
            folder,
            _rights: rights,
        } = self;
        drop((rights, system));
        let mut options = Options::new(folder.path().join("data"));
        options.dynamodb_url = Some(road.url.clone());
        change(&mut options);
        // What was running lets go of the folder a moment later.
        let start = async || System::start(options.clone()).await.ok();
        let system = eventually("a system that starts again", start).await;
        road.lead_to(&system.urls);
        Self {
            _rights: Rights::of(&system),
            system,
            folder,
        }
    }

    /// How many bytes the bucket takes on the disk, with what cannot be seen of it.
    pub fn stored_bytes(&self) -> u64 {
        bytes_in(&self.folder.path().join("data/s3"))
    }

    /// A client of one station.
    pub fn caller(&self, station: &str) -> Caller {
        let station = station.parse().expect("a station");
        let token = self.system.tokens.development(&station);
        Caller::new(&self.system.urls.api, token.expect("a token"))
    }

    /// The client of [`STATION`].
    pub fn demo(&self) -> Caller {
        self.caller(STATION)
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = folder.read_dir().expect("a folder");
    let bytes = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        // What is gone meanwhile takes nothing.
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_in(&path),
            metadata => metadata.map_or(0, |metadata| metadata.len()),
        }
    });
    bytes.sum()
}

/// Sets the template's parameter.
pub fn set_chunk_bytes(options: &mut Options, bytes: u64) {
    options
        .parameters
        .insert("ChunkBytes".to_owned(), bytes.to_string());
}

/// Leaves it to the test when a function runs.
pub fn leave_unpolled(options: &mut Options, function: &str) {
    options.unpolled.insert(function.to_owned());
}

/// Looks until there is something to see; fails when that takes longer than a minute.
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    patiently(Duration::from_mins(1), what, look).await
}

/// As [`eventually`], with another patience.
pub async fn patiently<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        let waited = started.elapsed();
        assert!(waited < patience, "{what}: not within {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
