//! Connections that can be broken from the inside.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const RESET: u8 = 1;
const GARBAGE: u8 = 2;

/// A handle to one connection, for whoever answers on it.
#[derive(Clone, Debug, Default)]
pub struct Line {
    state: Arc<AtomicU8>,
}

impl Line {
    /// The next byte that is to be written resets the connection instead.
    pub fn reset(&self) {
        self.state.store(RESET, Ordering::Relaxed);
    }

    /// The next byte that is to be written is nonsense instead, then the connection closes.
    pub fn garble(&self) {
        self.state.store(GARBAGE, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A listener for such connections.
#[derive(Debug)]
pub struct Lines(pub TcpListener);

impl Listener for Lines {
    type Io = Stream;
    type Addr = Line;

    async fn accept(&mut self) -> (Stream, Line) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        let line = Line::default();
        (Stream { stream, line: line.clone() }, line)
    }

    fn local_addr(&self) -> io::Result<Line> {
        Ok(Line::default())
    }
}

/// Such a connection.
#[derive(Debug)]
pub struct Stream {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.line.state.load(Ordering::Relaxed) {
            RESET => {
                // Without this the close would be an orderly one.
                let _ = self.stream.set_zero_linger();
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            GARBAGE => {
                let _ = self.stream.try_write(b"\x00\xff\x1b[2J this is not HTTP \r\n\r\n");
                Poll::Ready(Err(io::ErrorKind::InvalidData.into()))
            }
            _ => Pin::new(&mut self.stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
