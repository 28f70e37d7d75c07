//! The page's wasm: compiled, given its JS, made smaller.

use super::disk::{sha256, told, write};
use super::fused::fused;
use super::names::shortened;
use super::tools::{npm_tool, run};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
/// A file of wasm made of the library, with the JS that loads it.
pub struct Engine {
    /// Folder of the page.
    folder: &'static str,
    /// What its files are called.
    name: &'static str,
    /// Cargo's arguments, and the compiler's own after `--`.
    how: &'static [&'static str],
    /// The optimiser's level.
    level: &'static str,
    /// Whether there is another file of it for browsers with relaxed SIMD: multiply-add is one operation there.
    relaxed: bool,
}

/// The network's two files, of which a browser fetches one: for all, and for those with relaxed SIMD.
pub const NETWORKS: [&str; 2] = ["lib/engine/querypose_bg.wasm", "lib/engine/querypose_relaxed.wasm"];

/// The network, and what counts how right it is, which is fetched when it is wanted and need not be fast.
pub const ENGINES: [Engine; 2] = [
    Engine { folder: "lib/engine", name: "querypose", how: &[], level: "-O3", relaxed: true },
    Engine {
        folder: "check/engine",
        name: "accuracy",
        how: &["--features", "accuracy", "--", "-Copt-level=s"],
        level: "-Os",
        relaxed: false,
    },
];

/// The optimiser, an npm package; the page works without it, only larger.
const BINARYEN: &str = "binaryen@132.0.0";
/// What rustc emits by default for this target, and simd128. `--all-features` would make a file that no
/// browser loads.
const WASM_FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The compiler's flags, 0x1f between two. The low thresholds keep everything but the kernels' helpers from being copied
/// into each caller. Operations stay in the order that they were written in: left to itself, LLVM loads all operands of a
/// register tile first, and V8 has no registers for them.
const RUSTFLAGS: &str = "-Ctarget-feature=+simd128\x1f-Cllvm-args=-inline-threshold=15\x1f\
    -Cllvm-args=-inlinehint-threshold=120\x1f-Cllvm-args=-pre-RA-sched=source";

/// Adds the wasm target where it is missing.
pub fn install_target() -> Result<(), String> {
    let found = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    let is_there = |o: std::process::Output| Path::new(String::from_utf8_lossy(&o.stdout).trim()).is_dir();
    if found.is_ok_and(is_there) {
        return Ok(());
    }
    let help = format!("Install it with `rustup target add {TARGET}`.");
    let status = Command::new("rustup").args(["target", "add", TARGET]).status();
    match status {
        Ok(s) if s.success() => Ok(()),
        Ok(_) => Err(format!("Rust's target {TARGET} could not be added. {help}")),
        Err(e) => Err(format!("Rust's target {TARGET} is missing and rustup does not start ({e}). {help}")),
    }
}

/// Makes an engine in the page at `out`; gives a sentence if it could not be made smaller.
///
/// Errors: it does not compile, or its JS cannot be written.
pub fn build(root: &Path, engine: &Engine, out: &Path) -> Result<Option<String>, String> {
    let to = out.join(engine.folder);
    bindgen(&compile(root, engine)?, engine, &to)?;
    let file = to.join(format!("{}_bg.wasm", engine.name));
    shorten(&file, &to.join(format!("{}.js", engine.name)))?;
    let small = optimise(root, engine, &file);
    if engine.relaxed {
        let wasm = fs::read(&file).map_err(|e| told(&file, e))?;
        let wasm = fused(&wasm).map_err(|e| format!("{} with relaxed SIMD: {e}", file.display()))?;
        write(&to.join(format!("{}_relaxed.wasm", engine.name)), &wasm)?;
    }
    Ok(small.err().map(|why| format!("The wasm in {} was not made smaller: {why}", engine.folder)))
}

/// Compiles the library to wasm; cargo prints its own progress and errors.
fn compile(root: &Path, engine: &Engine) -> Result<PathBuf, String> {
    let target = root.join("target");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args(["rustc", "--lib", "--no-default-features", "--crate-type", "cdylib", "--profile", "wasm"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        .args(engine.how)
        // Only here, so that native builds keep their own flags and caches.
        .env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS)
        // Cargo's own switch to put a hash into a library's file name. Without it both engines are one file to cargo, and
        // each build of the page compiles both again, though nothing changed.
        .env("__CARGO_DEFAULT_LIB_METADATA", "page")
        .status()
        .map_err(|e| format!("cargo does not start: {e}. Install Rust from https://rustup.rs."))?;
    if !status.success() {
        return Err("The engine did not compile to wasm; cargo's message is above.".into());
    }
    Ok(target.join(TARGET).join("wasm/querypose.wasm"))
}

/// Writes the JS glue, its types and the wasm it loads.
fn bindgen(wasm: &Path, engine: &Engine, out: &Path) -> Result<(), String> {
    let write = || -> Result<(), _> {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(wasm).out_name(engine.name).typescript(true);
        bindgen.remove_name_section(true).remove_producers_section(true);
        bindgen.web(true)?.generate(out)
    };
    write().map_err(|e| format!("The JS of {} could not be written: {e:#}", wasm.display()))
}

/// Gives what the wasm imports from its JS short names, in both files.
fn shorten(wasm: &Path, glue: &Path) -> Result<(), String> {
    let bytes = fs::read(wasm).map_err(|e| told(wasm, e))?;
    let text = fs::read_to_string(glue).map_err(|e| told(glue, e))?;
    let (bytes, text) = shortened(&bytes, &text).map_err(|e| format!("{}: {e}", wasm.display()))?;
    write(wasm, &bytes)?;
    write(glue, text.as_bytes())
}

/// Runs npm's wasm-opt over a file in place; what the same one made of the same input before is kept in `target/`.
fn optimise(root: &Path, engine: &Engine, wasm: &Path) -> Result<(), String> {
    let tools = root.join("target/page");
    let input = fs::read(wasm).map_err(|e| told(wasm, e))?;
    let how: Vec<&str> = [BINARYEN, engine.level].into_iter().chain(WASM_FEATURES).collect();
    let kept = tools.join(format!("{}.wasm", sha256(&[how.join(" ").as_bytes(), &input].concat())));
    if !kept.is_file() {
        let optimiser = npm_tool(&tools, BINARYEN, "wasm-opt")?;
        let part = kept.with_extension("part");
        let fixed = how[1..].iter().map(OsStr::new);
        run(&optimiser, &mut fixed.chain([wasm.as_os_str(), "-o".as_ref(), part.as_os_str()]))?;
        fs::rename(&part, &kept).map_err(|e| told(&kept, e))?;
    }
    fs::copy(&kept, wasm).map(drop).map_err(|e| told(wasm, e))
}
