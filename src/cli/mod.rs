//! What the command line does, one subcommand a file.

/// `println!` that a closed pipe (`querypose … | head`) does not turn into a panic.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
/// `say!` without the end of the line.
macro_rules! say_on {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = write!(std::io::stdout(), $($text)*);
    }};
}

mod annotations;
mod answers;
pub mod bench;
pub mod convert;
pub mod detect;
mod draw;
mod drawings;
pub mod eval;
mod files;
pub mod page;
mod pictures;
pub mod serve;
pub mod told;
pub mod track;

use clap::{Args, Parser, Subcommand};
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
            let options = serve::ServeOptions { host, port, out, build: !no_build, serve: true, https, open };
            serve::run(&options).map_err(Failure::Failed)
        }
        Command::Page(args) => {
            let options = serve::ServeOptions { out: args.out, serve: false, ..serve::ServeOptions::default() };
            serve::run(&options).map_err(Failure::Failed)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(sentence)) => {
            eprintln!("querypose: {sentence}");
            ExitCode::FAILURE
        }
        Err(Failure::Usage(sentence)) => {
            eprintln!("querypose: {sentence} (querypose --help says more)");
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

/// Why a subcommand did not do all it was asked for, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(String),
    /// Something could not be done: exit code 1.
    Failed(String),
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Failure::Failed(sentence)
    }
}

/// Which engine to run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BackendArg {
    /// The GPU where there is one that works, else the processor
    #[default]
    Auto,
    /// The GPU, or an error
    Gpu,
    /// The processor
    Cpu,
}

impl From<BackendArg> for crate::detect::Backend {
    fn from(wanted: BackendArg) -> Self {
        match wanted {
            BackendArg::Auto => Self::Auto,
            BackendArg::Gpu => Self::Gpu,
            BackendArg::Cpu => Self::Cpu,
        }
    }
}

/// The folder of the model that is used when none is named: `www/models/nano` of the project, looked for below
/// the current folder, above the program, and where the program was built.
pub fn shipped_model() -> Result<PathBuf, String> {
    const SHIPPED: &str = "www/models/nano";
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|p| p.ancestors().skip(1));
    let places = [Path::new("."), Path::new(env!("CARGO_MANIFEST_DIR"))];
    let mut candidates = places.into_iter().chain(above).map(|place| place.join(SHIPPED));
    candidates.find(|folder| folder.join("config.json").is_file()).ok_or_else(|| {
        format!("the shipped model ({SHIPPED}) is not here: run from the project's folder, or name one with --model")
    })
}
