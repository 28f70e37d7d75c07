//! Programs of others that the build takes from npm, and running them.

use super::disk::told;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of an npm package, `NAME@VERSION`, installed in `target/page` where it is not there yet in this version.
pub fn npm_tool(tools: &Path, package: &str, program: &str) -> Result<PathBuf, String> {
    npm(tools, package, &format!(".bin/{program}"))
}

/// A file of an npm package in `node_modules`, likewise.
pub fn npm(tools: &Path, package: &str, file: &str) -> Result<PathBuf, String> {
    let modules = tools.join("node_modules");
    let path = modules.join(file);
    if !path.exists() || !has(&modules, package) {
        fs::create_dir_all(tools).map_err(|e| told(tools, e))?;
        let npm = Command::new("npm")
            .args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .args([tools.as_os_str(), package.as_ref()])
            .status();
        match npm {
            Ok(s) if s.success() => (),
            Ok(_) => return Err(format!("npm could not install {package}.")),
            Err(e) => return Err(format!("npm does not start ({e}).")),
        }
    }
    Ok(path)
}

/// True if a package, `NAME@VERSION`, is installed in this version.
fn has(modules: &Path, package: &str) -> bool {
    let Some((name, version)) = package.rsplit_once('@') else { return false };
    let about = fs::read(modules.join(name).join("package.json")).unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&about).is_ok_and(|about| about["version"] == version)
}

/// Runs one of [`npm_tool`]'s programs; what it complains about is the error.
pub fn run(program: &Path, arguments: &mut dyn Iterator<Item = &OsStr>) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|e| told(program, e))?;
    if output.status.success() {
        return Ok(());
    }
    let name = program.file_name().unwrap_or_default().display();
    Err(format!("{name} says: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_not_there() {
        let modules = std::env::temp_dir().join(format!("querypose-tools-{}", std::process::id()));
        for name in ["some", "@of/some"] {
            fs::create_dir_all(modules.join(name)).unwrap();
            fs::write(modules.join(name).join("package.json"), r#"{"version": "1.2.3"}"#).unwrap();
            assert!(has(&modules, &format!("{name}@1.2.3")) && !has(&modules, &format!("{name}@1.2.4")));
        }
        assert!(!has(&modules, "none@1.2.3") && !has(&modules, "some"));
        fs::remove_dir_all(modules).unwrap();
    }
}
