// Four weights of a matrix row in half precision, two to a word.
alias Weights = vec2<u32>;
fn widen(w: Weights) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y));
}
