//! How long a door waits for the body of a request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures::FutureExt as _;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// How long to wait for bytes, so that a client that sends them one by one does not hold a
/// connection for ever. Only waiting counts: a client whose bytes are taken slowly loses nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// How long to wait for bytes in all before any has come, and at most for the next.
    pub(crate) wait: Duration,
    /// How many bytes earn another second of waiting.
    pub(crate) bytes_per_second: u32,
}

impl Patience {
    /// Returns a body that fails when its client takes too long.
    pub(crate) fn with(self, body: Body) -> Body {
        Body::new(Impatient {
            body,
            patience: self,
            left: self.wait,
            waiting: None,
        })
    }

    fn after(self, left: Duration, received: usize) -> Duration {
        let earned = received as f64 / f64::from(self.bytes_per_second.max(1));
        let earned = Duration::try_from_secs_f64(earned).unwrap_or(self.wait);
        left.saturating_add(earned).min(self.wait)
    }
}

/// A body and how long it is still waited for.
struct Impatient {
    body: Body,
    patience: Patience,
    left: Duration,
    /// Since when the client is waited for, and until when it will be.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl HttpBody for Impatient {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            if let Some((since, _)) = this.waiting.take() {
                this.left = this.left.saturating_sub(since.elapsed());
            }
            if let Some(Ok(frame)) = &frame {
                let received = frame.data_ref().map_or(0, Bytes::len);
                this.left = this.patience.after(this.left, received);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let left = this.left;
        let (_, until) = this
            .waiting
            .get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
        ready!(until.poll_unpin(context));
        let error = io::Error::new(
            io::ErrorKind::TimedOut,
            "the request's body came too slowly",
        );
        Poll::Ready(Some(Err(error.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use futures::{StreamExt as _, stream};

    const PATIENCE: Patience = Patience {
        wait: Duration::from_secs(20),
        bytes_per_second: 1_000,
    };

    /// How many pieces of `bytes` bytes a door takes that come `every` so often.
    async fn taken(bytes: usize, every: Duration, pieces: usize) -> usize {
        let pieces = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(every).await;
            Ok::<_, io::Error>(Bytes::from(vec![b'x'; bytes]))
        });
        let body = PATIENCE.with(Body::from_stream(pieces)).into_data_stream();
        let taken = body.take_while(|piece| std::future::ready(piece.is_ok()));
        taken.count().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_byte_by_byte_is_waited_for_no_longer_than_promised() {
        assert_eq!(taken(1, Duration::from_secs(1), 100).await, 20);
        assert_eq!(taken(1, Duration::from_secs(21), 1).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_steadily_is_waited_for_however_long_it_is() {
        assert_eq!(taken(1_000, Duration::from_millis(900), 1_000).await, 1_000);
        assert_eq!(taken(30_000, Duration::from_secs(19), 100).await, 100);
        assert!(taken(900, Duration::from_secs(1), 1_000).await < 300);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_taken_slowly_is_not_blamed_on_its_client() {
        let pieces = stream::iter((0..10).map(|_| Ok::<_, io::Error>(Bytes::from_static(b"x"))));
        let mut body = PATIENCE.with(Body::from_stream(pieces)).into_data_stream();
        let mut taken = 0;
        while let Some(piece) = body.next().await {
            piece.expect("a piece");
            tokio::time::sleep(Duration::from_mins(1)).await;
            taken += 1;
        }
        assert_eq!(taken, 10);
    }
}
