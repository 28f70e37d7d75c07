//! Connections: each is a task of its own, so that none waits for another.

use super::files;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// How long a connection may say nothing. Browsers keep idle ones for a minute or two; devices that left the network
/// never hang up.
const PATIENCE: Duration = Duration::from_secs(300);
/// Before the next try when no connection can be taken, for want of open files mostly.
const PAUSE: Duration = Duration::from_millis(50);
/// The first byte of every TLS connection, and of no request.
const HANDSHAKE: u8 = 0x16;

/// Answers everybody who connects, for good.
pub async fn accept(listener: TcpListener, folder: Arc<Path>, tls: Option<TlsAcceptor>) -> Result<(), String> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(greet(stream, folder.clone(), tls.clone()))),
            // Those who are in go on; newcomers wait in the system's queue.
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// A browser that hangs up early is no error of ours.
async fn greet(stream: TcpStream, folder: Arc<Path>, tls: Option<TlsAcceptor>) {
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return converse(stream, Some(folder)).await };
    let mut first = [0];
    match timeout(PATIENCE, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == HANDSHAKE => {
            if let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await {
                converse(stream, Some(folder)).await;
            }
        }
        // Typed by hand, an address has no "https://".
        Ok(Ok(1)) => converse(stream, None).await,
        _ => {}
    }
}

/// Requests and answers until one side ends it: files of a folder, or without one the way to https.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, folder: Option<Arc<Path>>) {
    let service = service_fn(|request| {
        let folder = folder.clone();
        async move {
            Ok::<_, Infallible>(match folder {
                Some(folder) => files::answer(folder, request).await,
                None => files::to_https(&request),
            })
        }
    });
    let mut server = http1::Builder::new();
    let _ = server
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
