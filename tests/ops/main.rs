//! Every operation against a naive twin in f64, written here a second time from the operation's description.
//!
//! A test records a short tape on random inputs ([`case::Case`]), computes what must come out with plain
//! loops, and runs the tape on every engine there is. Instruction sets below the machine's own are tested by
//! `lower_instruction_sets`, which starts this program again.

mod backbones;
mod boxes;
mod case;
mod engine;
mod gpu;
mod hostile;
mod letterbox;
mod maps;
mod rows;

#[cfg(target_arch = "x86_64")]
#[test]
fn lower_instruction_sets() {
    const VARIABLE: &str = "QUERYPOSE_SIMD";
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    for set in ["avx2", "portable"] {
        let program = std::env::current_exe().expect("this program has a path");
        let out = std::process::Command::new(program).env(VARIABLE, set).output().expect("it starts");
        assert!(out.status.success(), "with {set}:\n{}", String::from_utf8_lossy(&out.stdout));
    }
}
