//! The X-Ray daemon that Lambda runs beside a function: it takes segments by UDP and sends them on.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html>

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use serde_json::Value;

const HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";

#[derive(Debug)]
pub(super) struct Daemon {
    socket: UdpSocket,
}

/// The address in `AWS_XRAY_DAEMON_ADDRESS`: `address:port`, or `tcp:address:port
/// udp:address:port`.
pub(super) fn address(text: &str) -> Option<SocketAddr> {
    let udp = text.split(' ').find_map(|part| part.strip_prefix("udp:"));
    udp.unwrap_or(text).parse().ok()
}

impl Daemon {
    pub(super) fn at(address: SocketAddr) -> Option<Arc<Self>> {
        match Self::connect(address) {
            Ok(daemon) => Some(Arc::new(daemon)),
            Err(error) => {
                tracing::warn!(%error, "traces are not sent");
                None
            }
        }
    }

    fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let any = if address.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket })
    }

    /// A segment that is lost is missed in the trace and nowhere else.
    pub(super) fn send(&self, segment: &Value) {
        let _ = self.socket.send(format!("{HEADER}{segment}").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_that_of_udp() {
        let expected = Some(SocketAddr::from(([169, 254, 100, 1], 2_000)));
        assert_eq!(address("169.254.100.1:2000"), expected);
        assert_eq!(address("tcp:127.0.0.1:1 udp:169.254.100.1:2000"), expected);
        assert_eq!(address("nowhere"), None);
    }
}
