//! What the command line does, one subcommand a file.

pub mod bench;
pub mod convert;
pub mod detect;
mod draw;
mod drawings;
pub mod eval;
mod failure;
mod files;
mod intervention;
pub mod model;
mod pictures;
pub mod track;

use crate::page::{build, package, serve};
use crate::say::{self, plain};
use clap::{Args, Parser, Subcommand};
use failure::Failure;
use files::unheard;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// QueryPose: finds people in pictures and draws their skeletons.
#[derive(Debug, Parser)]
#[command(name = "querypose", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find the people of pictures
    Detect(detect::DetectArgs),
    /// Follow the people of a video, or of a folder of its frames
    Track(track::TrackArgs),
    /// Measure how right a model is on annotated pictures (COCO AP)
    Eval(eval::EvalArgs),
    /// Turn a checkpoint into a model folder, smaller if wished
    Convert(convert::ConvertArgs),
    /// Measure a model: milliseconds, multiply-accumulates and bytes, per block and per op
    Bench(bench::BenchArgs),
    /// Build the page and serve it
    Serve(ServeArgs),
    /// Build the page into a folder that any static host can serve
    Page(PageArgs),
}

#[derive(Args, Debug)]
struct ServeArgs {
    /// Address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder the page is built into
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// Serve what is in the folder already
    #[arg(long)]
    no_build: bool,
    /// Serve over https, with a certificate made on the spot: the camera of other devices needs it
    #[arg(long)]
    https: bool,
    /// Serve over https with this certificate (PEM, those that vouch for it behind it)
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Open the page in this machine's browser
    #[arg(long)]
    open: bool,
}

#[derive(Args, Debug)]
struct PageArgs {
    /// Folder the page is built into
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// Write npm packages of the module and of the shipped models into folders of this one, too
    #[arg(long, value_name = "DIR")]
    package: Option<PathBuf>,
}

fn page(args: &PageArgs) -> Result<(), String> {
    let root = build::project_root()?;
    if let Some(to) = &args.package {
        package::check(&root, to)?;
    }
    let report = build::build(&root, &args.out)?;
    say_on!("{}", plain(&report.to_string()));
    let Some(to) = &args.package else { return Ok(()) };
    for folder in package::pack(&root, &args.out, to)? {
        say!("The package is in {}.", plain(&folder.to_string_lossy()));
    }
    Ok(())
}

/// Runs the command line of this process. Exit code 0: all done; 1: something could not be done and was said
/// on stderr; 2: the command line itself makes no sense.
pub fn main() -> ExitCode {
    quiet_graphics_loader();
    let outcome = match Cli::parse().command {
        Command::Detect(args) => detect::run(&args),
        Command::Track(args) => track::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Bench(args) => bench::run(&args).map_err(Failure::Failed),
        Command::Serve(args) => {
            let ServeArgs { host, port, out, no_build, https, cert, key, open } = args;
            let https = match (cert, key) {
                (Some(cert), Some(key)) => serve::Https::Own { cert, key },
                _ if https => serve::Https::Made,
                _ => serve::Https::Off,
            };
            let options = serve::ServeOptions { host, port, out, build: !no_build, https, open };
            serve::run(&options).map_err(Failure::Failed)
        }
        Command::Page(args) => page(&args).map_err(Failure::Failed),
    };
    // Figures that nobody got are no success.
    let outcome = outcome.and_then(|()| say::lost().map_or(Ok(()), |e| Err(unheard(&e))));
    match outcome {
        Ok(()) | Err(Failure::Unheard) => ExitCode::SUCCESS,
        Err(Failure::Failed(sentence)) => {
            tell!("{sentence}");
            ExitCode::FAILURE
        }
        Err(Failure::Usage(sentence)) => {
            tell!("{sentence} (querypose --help says more)");
            ExitCode::from(2)
        }
    }
}

/// On a server without a desktop Mesa's Vulkan layer looks for a window system to choose a card by, and libwayland
/// complains on stderr that there is no XDG_RUNTIME_DIR to look in. Given one without a window system in it, it chooses
/// as silently as it does elsewhere.
fn quiet_graphics_loader() {
    const NAME: &str = "XDG_RUNTIME_DIR";
    let usable = std::env::var_os(NAME).is_some_and(|dir| Path::new(&dir).is_absolute());
    if cfg!(target_os = "linux") && !usable {
        // SAFETY: this is the first thing the program does, no other thread runs yet.
        unsafe { std::env::set_var(NAME, "/dev/null") };
    }
}
