// Four weights of a matrix row in single precision.
alias Weights = vec4<f32>;
fn widen(w: Weights) -> vec4<f32> {
    return w;
}
