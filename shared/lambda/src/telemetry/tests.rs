//! What is told of work, and to whom.

use std::net::UdpSocket;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use sluice_aws::{current_trace, observe};
use sluice_basics::metric::Metric;

use super::*;

const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

fn work(trace: Option<&str>) -> Work {
    let task = TaskRef {
        station_id: "demo".parse().expect("a station"),
        task_id: 7_u64.try_into().expect("a task"),
    };
    let trace = trace.map(|header| header.parse().expect("a trace"));
    Work::of_task("worker", task, trace).of_chunk(3)
}

fn listener() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

fn received(socket: &UdpSocket) -> Value {
    let mut bytes = [0; 4_096];
    let wait = Some(Duration::from_secs(10));
    socket.set_read_timeout(wait).expect("a timeout");
    let length = socket.recv(&mut bytes).expect("a segment");
    let text = std::str::from_utf8(&bytes[..length]).expect("UTF-8");
    let (header, segment) = text.split_once('\n').expect("a header");
    assert_eq!(header, r#"{"format": "json", "version": 1}"#);
    serde_json::from_str(segment).expect("JSON")
}

#[tokio::test]
async fn what_work_counts_is_one_line_in_the_embedded_metric_format() {
    let (lines, told) = mpsc::channel();
    let telemetry = Telemetry::to("shop", lines, None);
    let trace = format!("Root={ROOT};Sampled=0");
    let count = async {
        observe(Metric::RowsSucceeded, 5.0);
        observe(Metric::ChunkMilliseconds, 12.0);
    };
    telemetry.watch(work(Some(&trace)), count, |()| false).await;
    telemetry.watch(work(None), async {}, |()| false).await;
    drop(telemetry);
    let told: Vec<String> = told.iter().collect();
    assert_eq!(told.len(), 1, "what counts nothing is not told: {told:?}");
    assert!(!told[0].contains('\n'));
    let mut line: Value = serde_json::from_str(&told[0]).expect("JSON");
    let timestamp = line["_aws"]["Timestamp"].take();
    assert!(timestamp.as_u64().expect("a number") > 1_600_000_000_000);
    let expected = json!({
        "_aws": {
            "Timestamp": null,
            "CloudWatchMetrics": [{
                "Namespace": "Sluice",
                "Dimensions": [["Stack"]],
                "Metrics": [
                    { "Name": "RowsSucceeded", "Unit": "Count" },
                    { "Name": "ChunkMilliseconds", "Unit": "Milliseconds" },
                ],
            }],
        },
        "Stack": "shop",
        "function": "worker",
        "task": "demo/7",
        "chunk": 3,
        "trace": ROOT,
        "RowsSucceeded": 5.0,
        "ChunkMilliseconds": 12.0,
    });
    assert_eq!(line, expected);
}

#[tokio::test]
async fn a_sampled_trace_shows_the_work_and_what_it_sends_stands_under_it() {
    let (socket, address) = listener();
    let (lines, _told) = mpsc::channel();
    let telemetry = Telemetry::to("shop", lines, Some(address));
    let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1");
    let within = async { Err::<(), _>(current_trace().expect("a trace")) };
    let within = telemetry
        .watch(work(Some(&header)), within, Result::is_err)
        .await
        .expect_err("it fails");
    let segment = received(&socket);
    assert_eq!(segment["trace_id"], ROOT);
    assert_eq!(segment["parent_id"], "53995c3f42cd8ad8");
    assert_eq!(segment["name"], "shop-worker");
    assert_eq!(segment["fault"], true);
    let about = json!({ "station": "demo", "task_id": "7", "chunk": 3 });
    assert_eq!(segment["annotations"], about);
    assert!(segment["end_time"].as_f64() >= segment["start_time"].as_f64());
    let parent = within.parent().expect("a parent").to_string();
    assert_eq!(segment["id"], parent);
    assert!(within.is_sampled());
}

#[tokio::test]
async fn work_without_a_sampled_trace_sends_nothing() {
    let (socket, address) = listener();
    let (lines, _told) = mpsc::channel();
    let telemetry = Telemetry::to("shop", lines, Some(address));
    let unsampled = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0");
    for trace in [None, Some(unsampled.as_str())] {
        let within = telemetry.watch(work(trace), async { current_trace() }, |_| false);
        // It is handed on as it came, so that those who come after do not sample, either.
        assert_eq!(
            within.await.map(|trace| trace.to_string()).as_deref(),
            trace
        );
    }
    let last = format!("Root={ROOT};Sampled=1");
    telemetry
        .watch(work(Some(&last)), async {}, |()| false)
        .await;
    let only = received(&socket);
    assert_eq!(
        only.get("parent_id"),
        None,
        "the first that comes is the last"
    );
}

#[test]
fn a_function_without_the_name_of_its_stack_does_not_start() {
    let error = Telemetry::from_lookup(&|_| None).expect_err("no name");
    assert!(error.to_string().contains("STACK_NAME"), "{error}");
}
