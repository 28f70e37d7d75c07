//! `querypose serve`: builds the page and serves it to browsers, over http or https.
//!
//! Only `GET` and `HEAD` of files under one folder, on the loopback address unless told otherwise.

mod addresses;
mod certificate;
mod connections;
mod files;

use crate::page::build;
use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What `querypose serve` is told.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Address to listen on; `127.0.0.1` keeps the page to this machine.
    pub host: String,
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Folder the page is built into, or already stands in.
    pub out: PathBuf,
    /// Build the page first.
    pub build: bool,
    /// Serve it over https.
    pub https: Https,
    /// Open it in this machine's browser.
    pub open: bool,
}

/// Whether the page is served over https, and with whose certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Https {
    /// Plain http.
    Off,
    /// A certificate made at each start, for this machine's addresses; nobody vouches for it.
    Made,
    /// The user's own, both files in PEM form.
    Own {
        /// The certificate, with those that vouch for it behind it.
        cert: PathBuf,
        /// Its private key, not locked with a password.
        key: PathBuf,
    },
}

/// Builds the page, prints its sizes and serves it until the process is stopped.
///
/// Errors are sentences: what could not be built, why the port could not be opened or the certificate not be used.
pub fn run(options: &ServeOptions) -> Result<(), String> {
    // A build takes minutes: a taken port and a broken certificate are told before.
    let door = Door::open(options)?;
    if options.build {
        let report = build::build(&build::project_root()?, &options.out)?;
        say_on!("{report}");
    }
    door.serve(&options.out)
}

/// An open port, before anybody is answered.
struct Door {
    listener: TcpListener,
    /// As the user named it.
    host: String,
    /// Where it really is: the port too.
    bound: SocketAddr,
    /// Addresses by which other machines reach it, the likeliest first.
    others: Vec<IpAddr>,
    https: Https,
    tls: Option<Arc<ServerConfig>>,
    open: bool,
}

impl Door {
    fn open(options: &ServeOptions) -> Result<Self, String> {
        let host = options.host.trim_start_matches('[').trim_end_matches(']').to_string();
        let listener = addresses::listen(&host, options.port)?;
        let bound = listener.local_addr().map_err(|e| format!("The port's number cannot be read: {e}."))?;
        let tls = match &options.https {
            Https::Off => None,
            Https::Made => Some(certificate::made_here(&host, &addresses::all())?),
            Https::Own { cert, key } => Some(certificate::from_files(cert, key)?),
        };
        let others = addresses::others(bound.ip());
        Ok(Door { listener, host, bound, others, https: options.https.clone(), tls, open: options.open })
    }

    /// Serves the files of `folder` until the process is stopped.
    fn serve(self, folder: &Path) -> Result<(), String> {
        let folder = folder
            .canonicalize()
            .map_err(|e| format!("The folder {} cannot be served: {e}. Build the page first.", folder.display()))?;
        if !folder.is_dir() {
            return Err(format!("{} is a file: --out wants the folder with the page.", folder.display()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| format!("The server cannot start: {e}."))?;
        self.listener.set_nonblocking(true).map_err(|e| format!("The server cannot start: {e}."))?;
        self.introduce();
        if self.open {
            open(self.home());
        }
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener);
            let listener = listener.map_err(|e| format!("The server cannot start: {e}."))?;
            connections::accept(listener, folder.into(), self.tls.map(TlsAcceptor::from)).await
        })
    }

    fn url(&self, place: &str) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{place}:{}/", self.bound.port())
    }

    fn url_of(&self, ip: IpAddr) -> String {
        self.url(&if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() })
    }

    /// The page's address for a browser on this machine.
    fn home(&self) -> String {
        match self.bound.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => self.url("127.0.0.1"),
            IpAddr::V6(ip) if ip.is_unspecified() => self.url("[::1]"),
            _ => self.host.parse().map_or_else(|_| self.url(&self.host), |ip| self.url_of(ip)),
        }
    }

    /// Says where the page is, and what the browser will ask.
    fn introduce(&self) {
        say!("QueryPose is at {}  (stop it with Ctrl-C)", self.home());
        if let Some(&first) = self.others.first() {
            say!("On other devices of the same network:");
            for &ip in &self.others {
                say!("  {}", self.url_of(ip));
            }
            let url = self.url_of(first);
            if let Some(code) = addresses::qr_code(&url, std::io::stdout().is_terminal()) {
                say!("\n{code}\nA phone that looks at this square opens {url}");
            }
        } else if self.bound.ip().is_unspecified() {
            say!("This machine has no address by which other devices could reach it: is it in a network?");
        }
        match self.https {
            Https::Off if !self.others.is_empty() => {
                say!("Other devices open their camera only over https: start with --https for that.");
            }
            Https::Off => {}
            Https::Made => say!(
                "The certificate was made just now and nobody vouches for it, so each browser asks once whether to go \
                 on.\nChrome: \"Advanced\", then \"Proceed to …\". Safari: \"Show Details\", then \"visit this website\". \
                 Firefox:\n\"Advanced…\", then \"Accept the Risk and Continue\"."
            ),
            Https::Own { .. } => say!("The certificate is your own: open the page by a name that stands in it."),
        }
    }
}

/// Opens the browser beside the server, which does not wait for it.
fn open(url: String) {
    std::thread::spawn(move || {
        if let Err(e) = ::open::that_detached(&url) {
            tell!("the browser could not be opened ({e}): open {url} in it yourself.");
        }
    });
}
