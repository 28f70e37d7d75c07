//! A folder of a test's own with a small model in it, and the program run there.

use querypose::weights::uniform;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A temporary folder, removed when the test is over.
pub struct Scene {
    pub folder: PathBuf,
}

/// What a run of the program left behind.
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Tensors by name: shape and numbers.
pub type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

impl Scene {
    pub fn new(name: &str) -> Scene {
        let folder = std::env::temp_dir().join(format!("querypose-test-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Scene { folder }
    }

    /// A scene with a model folder "model" in it: the golden tests' small network, over pictures of 64 to 96
    /// pixels so that a run takes a moment only.
    pub fn with_model(name: &str) -> Scene {
        let scene = Scene::new(name);
        scene.model("model", &config(), &tensors());
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn model(&self, name: &str, config: &Json, tensors: &Tensors) {
        self.write(&format!("{name}/config.json"), config.to_string());
        self.write(&format!("{name}/model.safetensors"), safetensors(tensors));
    }

    /// Runs the program in this folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut program = Command::new(env!("CARGO_BIN_EXE_querypose"));
        let output = program.current_dir(&self.folder).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        let run = Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!run.err.contains("panicked"), "{arguments:?}: {}", run.err);
        run
    }

    /// Runs `detect --model model --backend cpu`, every person shown.
    pub fn detect(&self, arguments: &[&str]) -> Run {
        let always = ["detect", "--model", "model", "--backend", "cpu", "--threshold", "0"];
        self.run(&[&always, arguments].concat())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Run {
    /// Everything done.
    #[track_caller]
    pub fn ok(self) -> Run {
        assert_eq!(self.code, Some(0), "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// Ended with this code and a sentence that contains these words.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) -> Run {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "\"{word}\" is not in: {}", self.err);
        }
        assert!(self.err.starts_with("querypose: ") || code == 2, "no sentence: {}", self.err);
        self
    }

    pub fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }
}

fn fixture(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// `config.json` of the small network.
pub fn config() -> Json {
    let mut config = fixture("configs/tiny_light.json");
    config["image"]["shortest_edge"] = json!(64);
    config["image"]["longest_edge"] = json!(96);
    config
}

/// Weights of the small network, from the golden tensors' manifest.
pub fn tensors() -> Tensors {
    tensors_of("tiny_light", |name, count, low, high| uniform(name, count, low, high, 0))
}

/// Tensors of a golden file's manifest, each made of its name, count, lowest and highest number.
pub fn tensors_of(golden: &str, make: impl Fn(&str, usize, f64, f64) -> Vec<f32>) -> Tensors {
    let manifest = fixture(&format!("golden/{golden}.json"));
    let tensor = |entry: &Json| {
        let name = entry["name"].as_str().unwrap();
        let shape: Vec<usize> =
            entry["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let (low, high) = (entry["lo"].as_f64().unwrap(), entry["hi"].as_f64().unwrap());
        (name.to_string(), (shape.clone(), make(name, shape.iter().product(), low, high)))
    };
    manifest["tensors"].as_array().unwrap().iter().map(tensor).collect()
}

/// The bytes of a safetensors file.
pub fn safetensors(tensors: &Tensors) -> Vec<u8> {
    let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, (shape, values))| (name, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let views = bytes.iter().map(|(name, shape, b)| (name, TensorView::new(Dtype::F32, shape.to_vec(), b).unwrap()));
    safetensors::serialize(views, None).unwrap()
}
