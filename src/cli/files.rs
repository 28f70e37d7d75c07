//! Files that are written: never over one that is read, and whole or not at all.

use super::failure::Failure;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// Files a command reads. Two paths are the same file if links lead to one place, symbolic or hard.
#[derive(Default)]
pub struct Inputs {
    known: HashSet<Identity>,
}

#[derive(PartialEq, Eq, Hash)]
enum Identity {
    #[cfg(unix)]
    Inode(u64, u64),
    Path(PathBuf),
}

fn identities(path: &Path) -> Vec<Identity> {
    let mut all: Vec<Identity> = place(path).map(Identity::Path).into_iter().collect();
    #[cfg(unix)]
    if let Ok(found) = fs::metadata(path) {
        use std::os::unix::fs::MetadataExt;
        all.push(Identity::Inode(found.dev(), found.ino()));
    }
    all
}

/// Where a path leads, also if there is nothing yet.
pub fn place(path: &Path) -> Option<PathBuf> {
    /// So many links are followed from one to the next.
    const LINKS: usize = 40;
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        if let Ok(place) = path.canonicalize() {
            return Some(place);
        }
        let folder = match path.parent()? {
            folder if folder.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        };
        let folder = folder.canonicalize().ok()?;
        match fs::read_link(&path) {
            Ok(to) => path = folder.join(to),
            Err(_) => return Some(folder.join(path.file_name()?)),
        }
    }
    None
}

impl Inputs {
    /// Files that are read.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Inputs {
        let mut inputs = Inputs::default();
        paths.into_iter().for_each(|path| inputs.add(path));
        inputs
    }

    /// One more.
    pub fn add(&mut self, path: &Path) {
        self.known.extend(identities(path));
    }

    /// True if writing to this path would change one of them.
    pub fn holds(&self, path: &Path) -> bool {
        identities(path).iter().any(|one| self.known.contains(one))
    }

    /// Refuses to write over one of them, or where another `option` writes to; from then on nobody else may.
    pub fn claim(&mut self, option: &str, path: &Path) -> Result<(), Failure> {
        // What is no file, like /dev/null or a pipe, can be written by several.
        if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return Ok(());
        }
        if self.holds(path) {
            let path = path.display();
            return Err(Failure::Usage(format!(
                "{option} {path}: this file is read, or written already, by the same command: choose another name"
            )));
        }
        self.add(path);
        // A file that is not there yet has no other name.
        self.known.extend(place(path).map(Identity::Path));
        Ok(())
    }
}

/// A path that is about to be written.
pub enum Opened {
    /// No file (a pipe, /dev/null): written as it is.
    Special(File),
    /// A new file beside its place, `to`. What is there stays until the part is kept.
    Beside { part: Part, file: File, to: PathBuf },
}

/// Opens a path to write to.
pub fn open(path: &Path) -> io::Result<Opened> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::OpenOptions::new().write(true).open(path).map(Opened::Special);
    }
    // Through a link the file it leads to is replaced, not the link.
    let to = place(path).unwrap_or_else(|| path.to_path_buf());
    if fs::metadata(&to).is_ok_and(|found| found.permissions().readonly()) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let part = Part::beside(&to);
    let file = part.create(&to)?;
    Ok(Opened::Beside { part, file, to })
}

/// A file in the making. What was there before stays until [`Draft::keep`], and if that is never called.
pub struct Draft {
    file: Option<BufWriter<File>>,
    part: Option<Part>,
    to: PathBuf,
    shown: PathBuf,
}

impl Draft {
    /// Begins it, see [`open`].
    pub fn new(path: &Path) -> Result<Draft, Failure> {
        let (file, part, to) = match open(path).map_err(|e| unwritten(path, &e))? {
            Opened::Special(file) => (file, None, path.into()),
            Opened::Beside { part, file, to } => (file, Some(part), to),
        };
        Ok(Draft { file: Some(BufWriter::new(file)), part, to, shown: path.into() })
    }

    /// Writes all of it and puts it where it belongs.
    pub fn whole(mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write_all(bytes).map_err(|e| unwritten(&self.shown, &e))?;
        self.keep()
    }

    /// Puts it where it belongs.
    pub fn keep(mut self) -> Result<(), Failure> {
        let flushed = self.file.take().map_or(Ok(()), |file| file.into_inner().map(drop).map_err(|e| e.into_error()));
        let moved = flushed.and_then(|()| self.part.take().map_or(Ok(()), |part| part.keep(&self.to)));
        moved.map_err(|e| unwritten(&self.shown, &e))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Where a file lies until it is whole: beside its place, under a name of its own. Removed unless it is kept.
pub struct Part(PathBuf);

impl Part {
    /// Nothing is there yet.
    fn beside(to: &Path) -> Part {
        /// Of the name as much as fits beside the rest where names have 255 bytes.
        const LETTERS: usize = 40;
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        swept_when_stopped();
        let name: String = to.file_name().unwrap_or_default().to_string_lossy().chars().take(LETTERS).collect();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let part = to.with_file_name(format!(".{name}.{}-{number}.part", std::process::id()));
        parts().push(part.clone());
        Part(part)
    }

    /// Begins it. Who may read and write what it is to replace may do so with it too.
    fn create(&self, to: &Path) -> io::Result<File> {
        let file = File::create(&self.0)?;
        if let Ok(before) = fs::metadata(to) {
            file.set_permissions(before.permissions())?;
        }
        Ok(file)
    }

    /// Moves it to its place.
    pub fn keep(self, to: &Path) -> io::Result<()> {
        fs::rename(&self.0, to)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Kept, it is not there any more.
        let _ = fs::remove_file(&self.0);
        parts().retain(|other| *other != self.0);
    }
}

/// Those there are.
fn parts() -> MutexGuard<'static, Vec<PathBuf>> {
    static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    PARTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who stops the program, with Ctrl-C or `kill`, finds no drafts beside the results.
fn swept_when_stopped() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without it drafts may stay, which is no reason to do nothing.
        let _ = ctrlc::set_handler(|| {
            for part in parts().iter() {
                let _ = fs::remove_file(part);
            }
            std::process::exit(130);
        });
    });
}

/// Writes a whole file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    Draft::new(path)?.whole(bytes)
}

/// The sentence for a file that could not be written.
pub fn unwritten(path: &Path, e: &dyn std::fmt::Display) -> Failure {
    Failure::Failed(format!("{}: cannot be written: {e}", path.display()))
}

/// What becomes of a command whose stdout could not be written.
pub fn unheard(e: &io::Error) -> Failure {
    if e.kind() == io::ErrorKind::BrokenPipe { Failure::Unheard } else { unwritten(Path::new("stdout"), e) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("querypose-files-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("sub")).unwrap();
        folder
    }

    #[test]
    fn a_file_is_known_by_all_its_names() {
        let folder = folder("names");
        let file = folder.join("a.jpg");
        fs::write(&file, "photo").unwrap();
        let mut inputs = Inputs::of([file.as_path()]);
        assert!(inputs.holds(&folder.join("sub/../a.jpg")) && !inputs.holds(&folder.join("b.jpg")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&file, folder.join("soft.jpg")).unwrap();
            fs::hard_link(&file, folder.join("hard.jpg")).unwrap();
            assert!(inputs.holds(&folder.join("soft.jpg")) && inputs.holds(&folder.join("hard.jpg")));
        }
        inputs.claim("--out", &folder.join("r.json")).unwrap();
        assert!(matches!(inputs.claim("--dump", &folder.join("sub/../r.json")), Err(Failure::Usage(_))));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_was_there_stays_until_the_new_is_whole() {
        let folder = folder("draft");
        let file = folder.join("r.json");
        fs::write(&file, "old").unwrap();
        let mut draft = Draft::new(&file).unwrap();
        draft.write_all(b"new").unwrap();
        drop(draft);
        assert_eq!(fs::read(&file).unwrap(), b"old");
        write(&file, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing is left over beside it");
        assert!(write(&folder.join("none/r.json"), b"").is_err());
        let long = folder.join(format!("{}.json", "é".repeat(124)));
        write(&long, b"a name of 253 bytes").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&file, folder.join("link.json")).unwrap();
            write(&folder.join("link.json"), b"newer").unwrap();
            assert_eq!(fs::read(&file).unwrap(), b"newer");
            assert!(folder.join("link.json").is_symlink());
            // A link to what is not there yet, one further on.
            std::os::unix::fs::symlink("sub/later.json", folder.join("later.json")).unwrap();
            write(&folder.join("later.json"), b"later").unwrap();
            assert_eq!(fs::read(folder.join("sub/later.json")).unwrap(), b"later");
            assert!(folder.join("later.json").is_symlink());
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            write(&file, b"private").unwrap();
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            write(Path::new("/dev/null"), b"gone").unwrap();
            assert!(!fs::metadata("/dev/null").unwrap().is_file());
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
