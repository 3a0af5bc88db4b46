//! Streams a blob, or a range of it, to a client. At most two pieces are in memory for a reader:
//! while one is sent, the next is read on a thread that may block.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use s3s::dto::StreamingBlob;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::stats::Counters;

/// Large enough that the hand-over between threads does not matter, small enough for many readers.
const PIECE_BYTES: u64 = 512 * 1024;

/// A body with the bytes of `range`, counted as they are handed over.
pub(crate) fn body(file: File, range: Range<u64>, counters: Arc<Counters>) -> StreamingBlob {
    let remaining_bytes = range.end - range.start;
    let seek = spawn_blocking(move || {
        let mut file = file;
        file.seek(SeekFrom::Start(range.start))?;
        Reader {
            file,
            remaining_bytes,
        }
        .read()
    });
    StreamingBlob::wrap(stream::try_unfold(Some(seek), move |reading| {
        let counters = Arc::clone(&counters);
        async move {
            let Some(reading) = reading else {
                return Ok(None);
            };
            let (reader, piece) = reading.await.map_err(io::Error::other)??;
            counters.add_bytes_sent(piece.len() as u64);
            let next = (reader.remaining_bytes > 0).then(|| reader.read_ahead());
            Ok::<_, io::Error>(Some((piece, next)))
        }
    }))
}

type Reading = JoinHandle<io::Result<(Reader, Bytes)>>;

struct Reader {
    file: File,
    remaining_bytes: u64,
}

impl Reader {
    fn read_ahead(self) -> Reading {
        spawn_blocking(move || self.read())
    }

    fn read(mut self) -> io::Result<(Self, Bytes)> {
        let wanted = self.remaining_bytes.min(PIECE_BYTES);
        let mut piece = Vec::with_capacity(wanted as usize);
        let read = (&self.file).take(wanted).read_to_end(&mut piece)? as u64;
        if read < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.remaining_bytes -= read;
        Ok((self, piece.into()))
    }
}
