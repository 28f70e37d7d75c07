//! `querypose serve`: builds the page and serves it to a browser.
//!
//! Only `GET` and `HEAD` of files under one folder, on the loopback address unless told otherwise.

use super::page;
use std::fs::File;
use std::path::{Path, PathBuf};
use tiny_http::{Header, Method, Request, Response, Server};

/// What `querypose serve` and `querypose page` are told.
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
    /// Serve it afterwards.
    pub serve: bool,
}

impl Default for ServeOptions {
    fn default() -> Self {
        ServeOptions { host: "127.0.0.1".into(), port: 8080, out: "dist".into(), build: true, serve: true }
    }
}

/// Builds the page, prints its sizes and serves it until the process is stopped.
///
/// Errors are sentences: what could not be built, or why the port could not be opened.
pub fn run(options: &ServeOptions) -> Result<(), String> {
    if options.build {
        let report = page::build(&page::project_root()?, &options.out)?;
        print!("{report}");
    }
    if options.serve { serve(&options.out, &options.host, options.port) } else { Ok(()) }
}

/// Serves the files of `folder` at `http://host:port/` until the process is stopped.
pub fn serve(folder: &Path, host: &str, port: u16) -> Result<(), String> {
    let folder = folder
        .canonicalize()
        .map_err(|e| format!("The folder {} cannot be served: {e}. Build the page first.", folder.display()))?;
    let server = Server::http((host, port)).map_err(|e| {
        format!("Port {port} of {host} cannot be opened: {e}. Choose another one with --port, or --port 0 for any.")
    })?;
    let port = server.server_addr().to_ip().map_or(port, |a| a.port());
    println!("QueryPose is at http://{host}:{port}/  (stop it with Ctrl-C)");
    for request in server.incoming_requests() {
        answer(&folder, request);
    }
    Ok(())
}

/// A browser that hangs up early is no error of ours.
fn answer(folder: &Path, request: Request) {
    if !matches!(request.method(), Method::Get | Method::Head) {
        let _ = request.respond(Response::from_string("Only GET and HEAD are answered here.\n").with_status_code(405));
        return;
    }
    let found = file_of(folder, request.url()).and_then(|path| Some((File::open(&path).ok()?, path)));
    let _ = match found {
        Some((file, path)) => request.respond(
            Response::from_file(file)
                .with_header(header("Content-Type", content_type(&path)))
                .with_header(header("Cache-Control", "no-cache"))
                .with_header(header("X-Content-Type-Options", "nosniff")),
        ),
        None => request.respond(Response::from_string("There is no such file here.\n").with_status_code(404)),
    };
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("both are plain ASCII")
}

/// The file a URL names, if it lies in the folder: no `..`, no link that leads outside.
fn file_of(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = percent_decode(url.split(['?', '#']).next()?)?;
    if path.contains('\\') || path.contains('\0') || path.split('/').any(|part| part == "..") {
        return None;
    }
    let mut file = folder.join(path.trim_start_matches('/')).canonicalize().ok()?;
    if file.is_dir() {
        file.push("index.html");
    }
    (file.starts_with(folder) && file.is_file()).then_some(file)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            out.push((high * 16 + low) as u8);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Browsers refuse modules and streamed wasm of any other type.
fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "md" | "ts" | "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder() {
        let folder = std::env::temp_dir().join(format!("querypose-serve-{}", std::process::id()));
        let inside = folder.join("dist/sub dir");
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::write(folder.join("secret.txt"), "s").unwrap();
        std::fs::write(folder.join("dist/index.html"), "i").unwrap();
        std::fs::write(inside.join("a.js"), "a").unwrap();
        let dist = folder.join("dist").canonicalize().unwrap();
        assert_eq!(file_of(&dist, "/?x=1"), Some(dist.join("index.html")));
        assert_eq!(file_of(&dist, "/sub%20dir/a.js#top"), Some(dist.join("sub dir/a.js")));
        for bad in
            ["/../secret.txt", "/%2e%2e/secret.txt", "/sub dir/..%2f..%2fsecret.txt", "//etc/passwd", "/%", "/%zz"]
        {
            assert_eq!(file_of(&dist, bad), None, "{bad}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.join("secret.txt"), dist.join("link.txt")).unwrap();
            assert_eq!(file_of(&dist, "/link.txt"), None, "a link that leads outside");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn modules_and_wasm_have_their_types() {
        assert!(content_type(Path::new("a/b.js")).starts_with("text/javascript"));
        assert_eq!(content_type(Path::new("engine_bg.wasm")), "application/wasm");
        assert_eq!(content_type(Path::new("model.safetensors")), "application/octet-stream");
    }
}
