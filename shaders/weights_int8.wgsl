// Four weights of a matrix row as whole numbers, four to a word; what each counts is multiplied in afterwards.
alias Weights = u32;
fn widen(w: Weights) -> vec4<f32> {
    let high = bitcast<vec4<i32>>(vec4<u32>(w) << vec4<u32>(24u, 16u, 8u, 0u));
    return vec4<f32>(high >> vec4<u32>(24u));
}
