// Results whose rows are whole fours.
alias Stored = vec4<f32>;
// Four results from word `at` on, into the binding `y`; `left` of them exist.
fn put(at: u32, v: vec4<f32>, left: u32) {
    y[at >> 2u] = v;
}
