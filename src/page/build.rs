//! Builds the page: wasm engine, its JS, the files of `www/`, and what the page wants to know about the
//! shipped model. The result is a plain static folder with relative URLs only.

use super::disk::{copied, copy, files_below, photos, relative, sha256, told, write};
use super::tools::{npm, npm_tool, run};
use super::wasm::{self, ENGINES};
use super::{answers, modules, offline, thumbnails};
use flate2::{Compression, write::GzEncoder};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// What the page may weigh without weights: wasm and JS, gzipped. Inside, Check, measuring and other languages are
/// fetched when they are wanted.
/// 20 KB of it follow people over time, 5 compute inverted residuals in one pass, 4 speak other languages, 2 attend by
/// overlap, 2 rehearse while the weights come and look at known answers.
pub const BUDGET: usize = 394 * 1000;
/// For other people's pages, not fetched by this one.
const ELEMENT: &str = "lib/element.js";
/// Folders with code: the module that others import, the page, and what it fetches when it is wanted.
const ROOMS: [&str; 6] = ["lib", "page", INSIDE, ACCURACY, MEASURE, WORDS];
/// Folder of the second view.
const INSIDE: &str = "inside";
/// Folder of the third view.
const ACCURACY: &str = "check";
/// Folder of what measures and records videos.
const MEASURE: &str = "measure";
/// Folder of what the page says in other languages: a table each, fetched by those who speak it.
const WORDS: &str = "words";
/// What chooses among them, a part of every visit.
const SAY: &str = "words/say.js";
/// List of everything a build made.
const FILES: &str = "files.json";
/// The minifier, likewise.
const ESBUILD: &str = "esbuild@0.28.2";
/// What takes videos apart, an npm package (MPL 2.0); without it they can be watched, but not measured.
const DEMUXER: &str = "mediabunny@1.61.0";
/// What the page uses of it. The kinds of files are those that browsers play.
const DEMUXER_PARTS: &str =
    "export { BlobSource, EncodedPacketSink, Input, MATROSKA, MP4, QTFF, VideoSampleSink, WEBM } from 'mediabunny';\n";
/// What was built, and how large it is.
#[derive(Clone, Debug)]
pub struct PageReport {
    /// The folder.
    pub folder: PathBuf,
    /// wasm and JS by path: bytes as they are, bytes gzipped.
    pub code: BTreeMap<String, (usize, usize)>,
    /// Files of the models by path: bytes.
    pub weights: BTreeMap<String, usize>,
    /// What was left out, in sentences.
    pub notes: Vec<String>,
}

impl PageReport {
    /// Bytes of wasm and JS that every visit needs, gzipped.
    pub fn gzipped(&self) -> usize {
        let whole: usize = self.code.values().map(|(_, gz)| gz).sum();
        let other = wasm::NETWORKS.iter().map(|file| self.of_room(file)).min().unwrap_or(0);
        let wanted = [INSIDE, ACCURACY, MEASURE, ELEMENT].iter().map(|room| self.of_room(room)).sum::<usize>();
        whole - other - wanted - self.tables().map(|(_, gz)| gz).sum::<usize>()
    }

    /// The tables of words by language: bytes gzipped.
    fn tables(&self) -> impl Iterator<Item = (&str, usize)> {
        let of = |path: &'_ str| path.starts_with(WORDS) && path != SAY;
        let tables = self.code.iter().filter(move |(path, _)| of(path));
        tables.map(|(path, (_, gz))| (path[WORDS.len() + 1..].trim_end_matches(".js"), *gz))
    }

    /// Bytes of the JS that is fetched when Inside or Check is opened, or a video is measured, gzipped.
    fn of_room(&self, room: &str) -> usize {
        self.code.iter().filter(|(path, _)| path.starts_with(room)).map(|(_, (_, gz))| gz).sum()
    }
}

impl fmt::Display for PageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |n: usize| n as f64 / 1000.0;
        writeln!(f, "The page is in {}.", self.folder.display())?;
        for (path, (raw, gz)) in &self.code {
            writeln!(f, "  {path:<28} {:>8.1} KB  {:>7.1} KB gzipped", kb(*raw), kb(*gz))?;
        }
        let verdict = if self.gzipped() <= BUDGET { "within" } else { "OVER" };
        let total = kb(self.gzipped());
        writeln!(f, "  wasm and JS together: {total:.1} KB gzipped, {verdict} the budget of {:.0} KB", kb(BUDGET))?;
        let [inside, check, measure] = [INSIDE, ACCURACY, MEASURE].map(|room| kb(self.of_room(room)));
        writeln!(
            f,
            "  and when Inside is opened: {inside:.1} KB gzipped; Check: {check:.1} KB; measuring: {measure:.1} KB"
        )?;
        let tables: Vec<String> = self.tables().map(|(tag, gz)| format!("{tag} {:.1} KB", kb(gz))).collect();
        writeln!(f, "  and for other languages: {}, gzipped", tables.join(", "))?;
        for (path, bytes) in &self.weights {
            writeln!(f, "  {path:<28} {:>8.2} MB", *bytes as f64 / 1e6)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// The folder with this project's sources: the working directory or one above it, or where it was compiled.
pub fn project_root() -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|e| format!("The working directory cannot be read: {e}"))?;
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_root = |p: &&Path| p.join("www/index.html").is_file() && p.join("Cargo.toml").is_file();
    here.ancestors().chain([compiled]).find(is_root).map(Path::to_path_buf).ok_or_else(|| {
        format!("The page is built from the project's sources, and neither {} nor a folder above it holds them. Run this inside the project.", here.display())
    })
}

/// Builds the page of the project at `root` into `out`. Errors say which step failed and what to do.
pub fn build(root: &Path, out: &Path) -> Result<PageReport, String> {
    let mut notes = Vec::new();
    let www = root.join("www");
    check_free(&www, out)?;
    wasm::install_target()?;
    clear(out)?;
    let others = others(&www, out)?;
    // Listed before it is written: a build that stops in the middle is cleared by the next one.
    list(&www, out, &others)?;
    copy(&www, out)?;
    for engine in &ENGINES {
        notes.extend(wasm::build(root, engine, out)?);
    }
    if let Err(why) = minify(root, out) {
        notes.push(format!("The JS was not made smaller: {why}"));
    }
    if let Err(why) = bundle(root, out) {
        notes.push(format!("Videos cannot be measured on this page: {why}"));
    }
    thumbnails::make(&out.join(PICTURES))?;
    list_inside(out)?;
    modules::announce(out)?;
    let mut weights = BTreeMap::new();
    let mut shipped = Vec::new();
    for model in copied(&www.join("models"), &out.join("models"))? {
        describe_model(&model, out, &mut weights)?;
        shipped.push(listed(&model)?);
    }
    if !shipped.is_empty() {
        write(&out.join("models/models.json"), serde_json::Value::from(shipped).to_string().as_bytes())?;
    }
    offline::describe(out, &list(&www, out, &others)?)?;
    if weights.is_empty() {
        notes.push("There is no model in www/models, so the page will say that it cannot fetch one.".into());
    }
    Ok(PageReport { folder: out.to_path_buf(), code: code_sizes(out)?, weights, notes })
}

/// Takes comments and spaces out of every JS file of the page, in place.
fn minify(root: &Path, out: &Path) -> Result<(), String> {
    let minifier = npm_tool(&root.join("target/page"), ESBUILD, "esbuild")?;
    let files = code_files(out)?;
    let scripts = files.iter().filter(|path| path.extension().is_some_and(|e| e == "js")).map(|path| path.as_os_str());
    let (to, from) = (format!("--outdir={}", out.display()), format!("--outbase={}", out.display()));
    let fixed = ["--minify", "--allow-overwrite", "--log-level=error", "--target=es2022", "--charset=utf8", &to, &from];
    run(&minifier, &mut fixed.into_iter().map(OsStr::new).chain(scripts))
}

/// Makes one file of what the page uses of the demuxer, its licence kept. Its types are not checked.
fn bundle(root: &Path, out: &Path) -> Result<(), String> {
    let tools = root.join("target/page");
    let bundler = npm_tool(&tools, ESBUILD, "esbuild")?;
    npm(&tools, DEMUXER, "mediabunny/package.json")?;
    let parts = tools.join("demuxer.js");
    write(&parts, DEMUXER_PARTS.as_bytes())?;
    let to = format!("--outfile={}", out.join(MEASURE).join("demuxer.js").display());
    let fixed =
        ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=error", "--legal-comments=inline"];
    let fixed = fixed.into_iter().chain(["--banner:js=// @ts-nocheck", &to]).map(OsStr::new);
    run(&bundler, &mut fixed.chain([parts.as_os_str()]))
}

/// Folder of the sample pictures.
const PICTURES: &str = "pictures";
/// The picture that adapters are checked with.
const CHECK: &str = "pictures/collins.jpg";
/// The model whose people stand on the sample pictures before any weights are there.
const SHOWN: &str = "nano";

/// Writes what the page wants to know about a model: checksums of its files and the answers to check an adapter
/// with (`manifest.json`, `check.rgba`), and the people of the sample pictures.
fn describe_model(model: &Path, out: &Path, weights: &mut BTreeMap<String, usize>) -> Result<(), String> {
    let detector = answers::open(model)?;
    let (rgba, check) = answers::check(&detector, &out.join(CHECK))?;
    write(&model.join("check.rgba"), &rgba)?;
    let mut files = serde_json::Map::new();
    for name in ["config.json", "check.rgba", "model.safetensors"] {
        let path = model.join(name);
        let bytes = fs::read(&path).map_err(|e| told(&path, e))?;
        files.insert(name.into(), serde_json::json!({ "bytes": bytes.len(), "sha256": sha256(&bytes) }));
        weights.insert(relative(&path, out), bytes.len());
    }
    let manifest = serde_json::json!({ "files": files, "check": check }).to_string();
    write(&model.join("manifest.json"), manifest.as_bytes())?;
    if model.file_name().is_some_and(|name| name == SHOWN) {
        for photo in &photos(&out.join(PICTURES))? {
            write(&photo.with_extension("json"), answers::stored(&detector, photo)?.to_string().as_bytes())?;
            write(&photo.with_extension("trace"), &answers::traced(&detector, photo)?)?;
        }
    }
    Ok(())
}

/// Writes the addresses of Inside's modules, which the page asks for before they ask for one another.
fn list_inside(out: &Path) -> Result<(), String> {
    let modules: Vec<String> = code_files(out)?.iter().map(|path| relative(path, out)).collect();
    let inside: Vec<&String> = modules.iter().filter(|path| path.starts_with(INSIDE)).collect();
    write(&out.join(INSIDE).join("modules.json"), serde_json::json!(inside).to_string().as_bytes())
}

/// What the page's list of models says of one: its name, and what its `about.json` knows.
fn listed(model: &Path) -> Result<serde_json::Value, String> {
    let about = model.join("about.json");
    let mut listed = match fs::read(&about) {
        Ok(text) => serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", about.display()))?,
        Err(_) => serde_json::json!({}),
    };
    listed["name"] = model.file_name().unwrap_or_default().to_string_lossy().into();
    Ok(listed)
}

/// Refuses a folder in which a build would write over what no build has made: the project's own, or another site's.
fn check_free(www: &Path, out: &Path) -> Result<(), String> {
    let own = www.canonicalize().map_err(|e| told(www, e))?;
    let given = std::path::absolute(out).map_err(|e| told(out, e))?;
    // What is not there yet lies where the next folder above it does.
    let is_inside = given.ancestors().find_map(|path| path.canonicalize().ok()).is_some_and(|at| at.starts_with(&own));
    if is_inside || given.canonicalize().is_ok_and(|at| own.starts_with(at)) {
        return Err(format!("{}: the page is made of what lies there: name another folder", out.display()));
    }
    let made = made(out);
    let all = files_below(www.to_path_buf())?;
    let names = all.iter().map(|path| relative(path, www)).chain([FILES.to_string()]);
    match names.into_iter().find(|name| out.join(name).exists() && !made.contains(name)) {
        None => Ok(()),
        Some(name) => Err(format!(
            "{}: no build of this page made the {name} that lies there: name another folder, or take it away",
            out.display()
        )),
    }
}

/// What an earlier build made in a folder.
fn made(out: &Path) -> Vec<String> {
    let listed = fs::read_to_string(out.join(FILES)).unwrap_or_default();
    serde_json::from_str(&listed).unwrap_or_default()
}

/// Removes what an earlier build of the page left, and nothing else: the files it listed.
fn clear(out: &Path) -> Result<(), String> {
    let files = made(out);
    let is_inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    // A folder of ours that is a link by now leads to somebody else's files.
    let is_ours = |path: &Path| path.ancestors().skip(1).all(|p| p.as_os_str().is_empty() || !out.join(p).is_symlink());
    for path in files.iter().map(Path::new).filter(|path| is_inside(path) && is_ours(path)) {
        match fs::remove_file(out.join(path)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(told(&out.join(path), e)),
            _ => (),
        }
        // Only empty folders go.
        path.ancestors()
            .skip(1)
            .take_while(|p| !p.as_os_str().is_empty())
            .for_each(|p| drop(fs::remove_dir(out.join(p))));
    }
    Ok(())
}

/// Files that lie in the page's folders and no build made, by their paths: when they were written.
type Others = BTreeMap<String, Option<SystemTime>>;

/// What lies among the page's files before it is built.
fn others(www: &Path, out: &Path) -> Result<Others, String> {
    let files = in_rooms(www, out)?;
    Ok(files.iter().map(|path| (relative(path, out), written(path))).collect())
}

fn written(path: &Path) -> Option<SystemTime> {
    fs::symlink_metadata(path).and_then(|found| found.modified()).ok()
}

/// Every file in those folders of `out` that `www` has too.
fn in_rooms(www: &Path, out: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for at in copied(www, out)?.into_iter().filter(|at| at.is_dir()) {
        files.extend(files_below(at)?);
    }
    Ok(files)
}

/// Lists every file of the page, for the next build to remove: what will be copied, and what the build has made by now.
/// Somebody else's are left out, unless the build has written over them: they are a stopped build's then.
fn list(www: &Path, out: &Path, others: &Others) -> Result<BTreeSet<String>, String> {
    let mut files = BTreeSet::from([FILES.to_string()]);
    files.extend(files_below(www.to_path_buf())?.iter().map(|path| relative(path, www)));
    let is_made = |path: &PathBuf| others.get(&relative(path, out)).is_none_or(|before| *before != written(path));
    files.extend(in_rooms(www, out)?.iter().filter(|path| is_made(path)).map(|path| relative(path, out)));
    fs::create_dir_all(out).map_err(|e| told(out, e))?;
    write(&out.join(FILES), serde_json::json!(files).to_string().as_bytes())?;
    Ok(files)
}

/// wasm and JS of the page.
fn code_files(out: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for room in ROOMS {
        files.extend(files_below(out.join(room))?);
    }
    files.retain(|path| path.extension().is_some_and(|e| e == "js" || e == "wasm"));
    Ok(files)
}

/// The same with their sizes, as they are and gzipped.
fn code_sizes(out: &Path) -> Result<BTreeMap<String, (usize, usize)>, String> {
    let size = |path: PathBuf| {
        let bytes = fs::read(&path).map_err(|e| told(&path, e))?;
        Ok((relative(&path, out), (bytes.len(), gzipped(&bytes))))
    };
    code_files(out)?.into_iter().map(size).collect()
}

/// Length after gzip at its best level, as a static host would send it.
fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_or(bytes.len(), |v| v.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_build_made_stays() {
        let scene = std::env::temp_dir().join(format!("querypose-build-{}", std::process::id()));
        let put = |name: &str, text: &str| {
            let path = scene.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let [www, out] = ["project/www", "out"].map(|name| scene.join(name));
        put("project/www/index.html", "page");
        put("project/www/lib/a.js", "1");
        for folder in ["project/www", "project", "project/www/lib", "project/www/new/er", "."] {
            let refused = check_free(&www, &scene.join(folder)).unwrap_err();
            assert!(refused.contains("the page is made of what lies there"), "{folder}: {refused}");
        }
        put("out/notes.txt", "mine");
        assert_eq!(check_free(&www, &out), Ok(()), "nothing of the page has this name");
        put("out/lib/a.js", "mine too");
        assert!(check_free(&www, &out).unwrap_err().contains("no build of this page made the lib/a.js"));
        fs::remove_file(out.join("lib/a.js")).unwrap();
        // A build that stops in the middle: what it copied is its own.
        list(&www, &out, &others(&www, &out).unwrap()).unwrap();
        copy(&www, &out).unwrap();
        assert_eq!(check_free(&www, &out), Ok(()));
        clear(&out).unwrap();
        assert_eq!(files_below(out.clone()).unwrap(), [out.join("notes.txt")]);

        // A model of somebody's own among the page's, and a link to another: they outlive every build.
        put("project/www/models/nano/config.json", "{}");
        put("out/models/mine/model.safetensors", "mine");
        put("elsewhere/model.safetensors", "mine too");
        put("out/lib/stopped.wasm", "half");
        #[cfg(unix)]
        std::os::unix::fs::symlink(scene.join("elsewhere"), out.join("models/link")).unwrap();
        for _ in 0..3 {
            clear(&out).unwrap();
            let others = others(&www, &out).unwrap();
            list(&www, &out, &others).unwrap();
            copy(&www, &out).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(20));
            put("out/lib/stopped.wasm", "made");
            put("out/lib/made.js", "made");
            let made = list(&www, &out, &others).unwrap();
            assert!(["lib/a.js", "lib/made.js", "lib/stopped.wasm"].iter().all(|name| made.contains(*name)));
            assert!(!made.iter().any(|name| name.contains("mine") || name.contains("link")), "{made:?}");
        }
        clear(&out).unwrap();
        assert!(scene.join("elsewhere/model.safetensors").is_file() && !out.join("lib").exists());
        assert_eq!(fs::read_to_string(out.join("models/mine/model.safetensors")).unwrap(), "mine");
        // What an earlier version listed through a link stays too.
        write(&out.join(FILES), br#"["models/link/model.safetensors"]"#).unwrap();
        clear(&out).unwrap();
        assert!(scene.join("elsewhere/model.safetensors").is_file());
        fs::remove_dir_all(&scene).unwrap();
    }
}
