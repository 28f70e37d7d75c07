//! Requests for files: which file an address names, and what is answered.

use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tower_http::services::{ServeFile, fs::ServeFileSystemResponseBody};

/// A sentence, or a file.
pub type Body = Either<Full<Bytes>, ServeFileSystemResponseBody>;

/// Answers a request with a file of `folder` (a canonical path), a part of it, or a sentence.
pub async fn answer<B>(folder: Arc<Path>, request: Request<B>) -> Response<Body> {
    let mut response = if [Method::GET, Method::HEAD].contains(request.method()) {
        find(folder, request).await
    } else {
        let mut refused = sentence(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.");
        set(&mut refused, header::ALLOW, "GET, HEAD");
        refused
    };
    // Kept files are asked for again each time: a page that was built anew is seen at once.
    set(&mut response, header::CACHE_CONTROL, "no-cache");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// Sends a browser that speaks http to the same address over https.
pub fn to_https<B>(request: &Request<B>) -> Response<Body> {
    let mut response = sentence(StatusCode::PERMANENT_REDIRECT, "This is served over https only.");
    if let Some(host) = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()) {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        set(&mut response, header::LOCATION, &format!("https://{host}{path}"));
    } else {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    // The next start may be over http again.
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

async fn find<B>(folder: Arc<Path>, request: Request<B>) -> Response<Body> {
    let path = request.uri().path().to_string();
    let named = path.clone();
    // Asking a disk may take its time.
    let found = tokio::task::spawn_blocking(move || file_of(&folder, &named)).await;
    let Some(found) = found.ok().flatten() else { return missing() };
    if found.is_folder && !path.ends_with('/') {
        // Else the page's relative addresses would lead beside it.
        let mut response = sentence(StatusCode::TEMPORARY_REDIRECT, "This is a folder: its address ends with a slash.");
        let last = path.rsplit('/').next().unwrap_or_default();
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        set(&mut response, header::LOCATION, &format!("./{last}/{query}"));
        return response;
    }
    if !found.is_dated {
        let words =
            "This file is dated before 1970 or after 9999, which no answer can say. Give it another date (touch).";
        return sentence(StatusCode::INTERNAL_SERVER_ERROR, words);
    }
    match send(&found.file, request).await {
        Ok(mut response) => {
            if let (Some(known), true) = (content_type(&found.file), response.status().is_success()) {
                set(&mut response, header::CONTENT_TYPE, known);
            }
            response.map(Either::Right)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => missing(),
        Err(e) => sentence(StatusCode::INTERNAL_SERVER_ERROR, &format!("This file cannot be read: {e}.")),
    }
}

/// The file, the part that is asked for, or that it has not changed. `file` is canonical: no link is followed here.
async fn send<B>(file: &Path, request: Request<B>) -> io::Result<Response<ServeFileSystemResponseBody>> {
    let (head, _) = request.into_parts();
    let ask = |headers: &HeaderMap| {
        let mut request = Request::new(());
        *request.method_mut() = head.method.clone();
        *request.headers_mut() = headers.clone();
        ServeFile::new(file).ignore_multi_range_requests(true).try_call(request)
    };
    let response = ask(&head.headers).await?;
    // A part of what the browser has must not be mixed with another version of the file.
    if let Some(version) = head.headers.get(header::IF_RANGE)
        && ![header::ETAG, header::LAST_MODIFIED].iter().any(|name| response.headers().get(name) == Some(version))
    {
        let mut headers = head.headers.clone();
        headers.remove(header::RANGE);
        return ask(&headers).await;
    }
    Ok(response)
}

fn missing() -> Response<Body> {
    sentence(StatusCode::NOT_FOUND, "There is no such file here.")
}

fn sentence(status: StatusCode, words: &str) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::from(format!("{words}\n"))));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    response
}

/// What cannot stand in a header, is left out.
fn set<B>(response: &mut Response<B>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Canonical.
    file: PathBuf,
    /// The address names a folder, the file is its `index.html`.
    is_folder: bool,
    /// Its date can be told in a header: tower-http panics where it cannot.
    is_dated: bool,
}

/// Seconds from 1970 up to the year 10000.
const TOLD: std::ops::Range<u64> = 0..253_402_300_800;

/// The file that the path of an address names, if it lies in the folder: no `..`, no link that leads outside.
fn file_of(folder: &Path, path: &str) -> Option<Found> {
    let path = percent_decode_str(path).decode_utf8().ok()?;
    if path.contains(['\\', '\0']) || path.split('/').any(|part| part == "..") {
        return None;
    }
    let mut file = folder.join(path.trim_start_matches('/')).canonicalize().ok()?;
    let is_folder = file.is_dir();
    if is_folder {
        file = file.join("index.html").canonicalize().ok()?;
    }
    if !file.starts_with(folder) || !file.is_file() {
        return None;
    }
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    let since = modified.map(|time| time.duration_since(SystemTime::UNIX_EPOCH));
    let is_dated = since.is_ok_and(|since| since.is_ok_and(|since| TOLD.contains(&since.as_secs())));
    Some(Found { file, is_folder, is_dated })
}

/// Types that browsers insist on, and those that are guessed wrong elsewhere (`.ts` is a film's).
fn content_type(file: &Path) -> Option<&'static str> {
    Some(match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "md" | "ts" | "txt" => "text/plain; charset=utf-8",
        "safetensors" | "pth" => "application/octet-stream",
        _ => return None,
    })
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
        let found = |path| file_of(&dist, path).map(|found| (found.file, found.is_folder));
        assert_eq!(found("/"), Some((dist.join("index.html"), true)));
        assert_eq!(found("/sub%20dir/a.js"), Some((dist.join("sub dir/a.js"), false)));
        let bad =
            ["/../secret.txt", "/%2e%2e/secret.txt", "/sub dir/..%2f..%2fsecret.txt", "//etc/passwd", "/%", "/%zz"];
        let more = ["/..\\secret.txt", "/index.html%00", "/sub%20dir/", "/sub%20dir", "/%ff", "/index.html/"];
        for bad in bad.into_iter().chain(more) {
            assert_eq!(found(bad), None, "{bad}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(folder.join("secret.txt"), dist.join("link.txt")).unwrap();
            symlink(&folder, dist.join("up")).unwrap();
            symlink(folder.join("secret.txt"), inside.join("index.html")).unwrap();
            for bad in ["/link.txt", "/up/secret.txt", "/sub%20dir/"] {
                assert_eq!(found(bad), None, "{bad} leads outside");
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
