//! Connections: each is a task of its own, so that none waits for another.

use super::files;
use futures_util::future::{Either, select};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// How long a connection may say nothing. Browsers keep idle ones for a minute or two; devices that left the network
/// never hang up.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long an answer under way may still take when others want the seat: slow networks need minutes for a model, and who takes
/// nothing any more never ends it.
const LAST_ANSWER: Duration = Duration::from_secs(900);
/// Before the next try when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(50);
/// The first byte of every TLS connection, and of no request.
const HANDSHAKE: u8 = 0x16;
/// Connections that are kept at most, where the system allows as many.
const SEATS: usize = 2048;
/// Open files of the program itself, with some to spare.
const OWN_FILES: usize = 32;
/// Open files where the system does not tell: what is usual.
const USUAL_FILES: u64 = 256;

/// Answers everybody who connects, for good. When all seats are taken, those who are idle are asked to leave: a
/// browser connects anew when it wants something.
pub async fn accept(listener: TcpListener, folder: Arc<Path>, tls: Option<TlsAcceptor>) -> Result<(), String> {
    let seats = Arc::new(Semaphore::new(seats()));
    let crowded = watch::Sender::new(());
    loop {
        // Who cannot be let in, for want of open files mostly, waits in the system's queue.
        let Ok((stream, _)) = listener.accept().await else {
            crowded.send_replace(());
            sleep(PAUSE).await;
            continue;
        };
        let seat = match seats.clone().try_acquire_owned() {
            Ok(seat) => seat,
            Err(_) => {
                crowded.send_replace(());
                seats.clone().acquire_owned().await.map_err(|e| format!("The server stops: {e}."))?
            }
        };
        let visit = greet(stream, folder.clone(), tls.clone(), crowded.subscribe());
        tokio::spawn(async move {
            visit.await;
            drop(seat);
        });
    }
}

/// How many connections can be kept: each may have a file open. Systems set the limit of open files low (256, 1024)
/// for programs that do not ask for more.
fn seats() -> usize {
    let wanted = 2 * SEATS + OWN_FILES;
    let files = rlimit::increase_nofile_limit(wanted as u64).unwrap_or(USUAL_FILES);
    (usize::try_from(files).unwrap_or(wanted).saturating_sub(OWN_FILES) / 2).clamp(1, SEATS)
}

/// A browser that hangs up early is no error of ours.
async fn greet(stream: TcpStream, folder: Arc<Path>, tls: Option<TlsAcceptor>, mut crowded: watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return converse(stream, Some(folder), crowded).await };
    let mut first = [0];
    match patiently(stream.peek(&mut first), &mut crowded).await {
        Some(Ok(1)) if first[0] == HANDSHAKE => {
            if let Some(Ok(stream)) = patiently(tls.accept(stream), &mut crowded).await {
                converse(stream, Some(folder), crowded).await;
            }
        }
        // Typed by hand, an address has no "https://".
        Some(Ok(1)) => converse(stream, None, crowded).await,
        _ => {}
    }
}

/// Waits for what a newcomer has to say, but not for ever, and no longer when others want the seat.
async fn patiently<T>(said: impl Future<Output = T>, crowded: &mut watch::Receiver<()>) -> Option<T> {
    match select(pin!(timeout(PATIENCE, said)), pin!(crowded.changed())).await {
        Either::Left((said, _)) => said.ok(),
        Either::Right(_) => None,
    }
}

/// Requests and answers until one side ends it: files of a folder, or without one the way to https.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    folder: Option<Arc<Path>>,
    mut crowded: watch::Receiver<()>,
) {
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
    server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    if let Either::Right(_) = select(connection.as_mut(), pin!(crowded.changed())).await {
        // An answer under way comes to its end; who asks for nothing is hung up on.
        connection.as_mut().graceful_shutdown();
        let _ = timeout(LAST_ANSWER, connection).await;
    }
}
