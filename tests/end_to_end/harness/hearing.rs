//! Somebody who listens to what the functions tell: lines of metrics, and segments of traces.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use sluice_lambda::Telemetry;
use tokio::net::UdpSocket;

/// What was told so far.
pub struct Hearing {
    told: Receiver<String>,
    lines: Mutex<Vec<Value>>,
    segments: Arc<Mutex<Vec<Value>>>,
}

impl Hearing {
    /// Listens to a system that is started with the telemetry. Its invocations are sampled.
    pub async fn start() -> (Self, Telemetry) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let address = socket.local_addr().expect("an address");
        let segments: Arc<Mutex<Vec<Value>>> = Arc::default();
        let received = Arc::clone(&segments);
        tokio::spawn(async move {
            let mut bytes = vec![0; 64 << 10];
            loop {
                let length = socket.recv(&mut bytes).await.expect("a datagram");
                let text = std::str::from_utf8(&bytes[..length]).expect("UTF-8");
                let (_, segment) = text.split_once('\n').expect("a header and a segment");
                let segment = serde_json::from_str(segment).expect("a segment");
                received.lock().expect("segments").push(segment);
            }
        });
        let (lines, told) = channel();
        let heard = Self {
            told,
            lines: Mutex::default(),
            segments,
        };
        (heard, Telemetry::to("test", lines, Some(address)))
    }

    /// The lines of metrics of a function, in their order.
    pub fn lines_of(&self, function: &str) -> Vec<Value> {
        let mut lines = self.lines.lock().expect("lines");
        let told = self.told.try_iter();
        lines.extend(told.map(|line| serde_json::from_str::<Value>(&line).expect("JSON")));
        let of_function = lines.iter().filter(|line| line["function"] == function);
        of_function.cloned().collect()
    }

    /// The sum of a metric over the lines of a function.
    pub fn sum(&self, function: &str, metric: &str) -> f64 {
        let lines = self.lines_of(function);
        lines.iter().filter_map(|line| line[metric].as_f64()).sum()
    }

    /// The segments of a function.
    pub fn segments_of(&self, function: &str) -> Vec<Value> {
        let name = format!("test-{function}");
        let segments = self.segments.lock().expect("segments");
        let of_function = segments.iter().filter(|segment| segment["name"] == name);
        of_function.cloned().collect()
    }
}
