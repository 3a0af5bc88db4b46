//! Streams the bytes of an object, or a range of them, to a client. At most two pieces are in memory
//! for a reader: while one is sent, the next is read on a thread that may block.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future, stream};
use s3s::Body;
use s3s::dto::StreamingBlob;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::blobs::{Blobs, Pin};
use crate::index::Extent;
use crate::stats::Counters;

/// Large enough that the hand-over between threads does not matter, small enough for many readers.
const PIECE_BYTES: u64 = 512 * 1024;

/// Reads extents one after the other, with one file open at a time. The blobs stay as long as this.
pub(crate) struct Reader {
    blobs: Blobs,
    _pin: Pin,
    /// The extent that is being read, and how much of it is left.
    current: Option<(File, u64)>,
    rest: VecDeque<Extent>,
}

impl Reader {
    /// Opens the first extent.
    pub(crate) fn open(blobs: Blobs, pin: Pin, extents: Vec<Extent>) -> io::Result<Self> {
        let mut reader = Self {
            blobs,
            _pin: pin,
            current: None,
            rest: extents.into(),
        };
        reader.advance()?;
        Ok(reader)
    }

    /// The next bytes; none at the end.
    pub(crate) fn read(&mut self) -> io::Result<Bytes> {
        let Some((file, remaining_bytes)) = &mut self.current else {
            return Ok(Bytes::new());
        };
        let wanted = PIECE_BYTES.min(*remaining_bytes);
        let mut piece = Vec::with_capacity(wanted as usize);
        let read = file.take(wanted).read_to_end(&mut piece)? as u64;
        if read < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *remaining_bytes -= read;
        if *remaining_bytes == 0 {
            self.advance()?;
        }
        Ok(piece.into())
    }

    /// Hands all bytes to `take`, piece by piece.
    pub(crate) fn read_all(mut self, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        loop {
            let piece = self.read()?;
            if piece.is_empty() {
                return Ok(());
            }
            take(&piece);
        }
    }

    fn is_at_end(&self) -> bool {
        self.current.is_none()
    }

    fn advance(&mut self) -> io::Result<()> {
        self.current = None;
        if let Some(extent) = self.rest.pop_front() {
            let mut file = self.blobs.read(extent.blob)?;
            file.seek(SeekFrom::Start(extent.bytes.start))?;
            self.current = Some((file, extent.bytes.end - extent.bytes.start));
        }
        Ok(())
    }
}

/// A body of `first`, which was read already, and of what `reader` still reads. Bytes are counted
/// as they are handed over.
///
/// The first piece being there at once, it leaves together with the headers: a client would wait
/// for it otherwise, as long as its system delays acknowledgements.
pub(crate) fn body(first: Bytes, reader: Reader, counters: Arc<Counters>) -> StreamingBlob {
    if reader.is_at_end() {
        counters.add_bytes_sent(first.len() as u64);
        return StreamingBlob::from(Body::from(first));
    }
    let first = stream::once(future::ready(Ok(first)));
    let rest = stream::try_unfold(read_ahead(reader), async |reading| {
        let Some(reading) = reading else {
            return Ok(None);
        };
        let (reader, piece) = reading.await.map_err(io::Error::other)??;
        Ok::<_, io::Error>(Some((piece, read_ahead(reader))))
    });
    StreamingBlob::wrap(first.chain(rest).inspect_ok(move |piece| {
        counters.add_bytes_sent(piece.len() as u64);
    }))
}

/// Starts to read the next piece, if there is one.
fn read_ahead(mut reader: Reader) -> Option<JoinHandle<io::Result<(Reader, Bytes)>>> {
    if reader.is_at_end() {
        return None;
    }
    Some(spawn_blocking(move || {
        let piece = reader.read()?;
        Ok((reader, piece))
    }))
}
