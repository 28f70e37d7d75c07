//! Copies the shaders without their comments and indentation: the page's wasm carries their text.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=shaders");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names OUT_DIR"));
    for entry in fs::read_dir(Path::new("shaders"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        // Lines stay, so that a compiler's message names the right one. WGSL has no strings that could hold a `//`.
        let bare: String = text.lines().flat_map(|line| [line.split("//").next().unwrap_or("").trim(), "\n"]).collect();
        fs::write(out.join(path.file_name().expect("a file of a folder has a name")), bare)?;
    }
    Ok(())
}
