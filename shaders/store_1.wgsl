// Results of any width.
alias Stored = f32;
// Four results from word `at` on, into the binding `y`; `left` of them exist.
fn put(at: u32, v: vec4<f32>, left: u32) {
    y[at] = v.x;
    if (left > 1u) {
        y[at + 1u] = v.y;
    }
    if (left > 2u) {
        y[at + 2u] = v.z;
    }
    if (left > 3u) {
        y[at + 3u] = v.w;
    }
}
