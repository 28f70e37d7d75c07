//! `querypose`: skeletons for pictures, measurements, and the page.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    querypose::cli::main()
}

/// In a browser the library is the program.
#[cfg(target_arch = "wasm32")]
fn main() {}
