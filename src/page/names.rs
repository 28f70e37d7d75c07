//! Short names between an engine and its JS: wasm-bindgen gives each function a long one that ends with a hash, and a
//! hash does not compress.

use walrus::Module;

/// The wasm and its JS glue with what the wasm imports named `i0`, `i1`, …
///
/// Errors: what is given is no wasm, or the glue does not name each import once.
pub fn shortened(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String), String> {
    let mut module = Module::from_buffer(wasm).map_err(|e| format!("{e:#}"))?;
    let mut glue = glue.to_owned();
    for (i, import) in module.imports.iter_mut().enumerate() {
        let key = format!("{}:", import.name);
        // As a whole word: one name may be another one's end.
        let mut places = glue.match_indices(&key).filter(|(at, _)| !glue[..*at].ends_with(is_in_names));
        let (Some((at, _)), None) = (places.next(), places.next()) else {
            return Err(format!("the JS does not give {} once", import.name));
        };
        import.name = format!("i{i}");
        glue.replace_range(at..at + key.len(), &format!("{}:", import.name));
    }
    Ok((module.emit_wasm(), glue))
}

fn is_in_names(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::shortened;
    use walrus::{Module, ModuleConfig};

    /// A module that imports functions of these names from its glue.
    fn importing(names: &[&str]) -> Vec<u8> {
        let mut module = Module::with_config(ModuleConfig::new());
        let ty = module.types.add(&[], &[]);
        for name in names {
            module.add_import_func("./glue.js", name, ty);
        }
        module.emit_wasm()
    }

    #[test]
    fn imports_are_renamed_in_both() {
        let glue = "const import0 = {\n  x_call_1f: () => __wbg_free(),\n  call_1f: () => 'a call_1f',\n};";
        let (wasm, glue) = shortened(&importing(&["call_1f", "x_call_1f"]), glue).expect("each is there once");
        assert_eq!(glue, "const import0 = {\n  i1: () => __wbg_free(),\n  i0: () => 'a call_1f',\n};");
        let module = Module::from_buffer(&wasm).expect("wasm");
        let names: Vec<_> = module.imports.iter().map(|i| (i.module.as_str(), i.name.as_str())).collect();
        assert_eq!(names, [("./glue.js", "i0"), ("./glue.js", "i1")]);
    }

    #[test]
    fn glue_of_something_else_is_an_error() {
        for glue in ["", "call_1f: 1, call_1f: 2"] {
            let error = shortened(&importing(&["call_1f"]), glue).expect_err("not once");
            assert_eq!(error, "the JS does not give call_1f once");
        }
    }
}
