// Functions every shader may use.

// Numbers of `Activation::code`: 0 none, 1 ReLU, 2 ReLU6, 3 sigmoid, 4 GELU. `kind` is a constant: the
// rest folds away.
fn activate(x: vec4<f32>, kind: u32) -> vec4<f32> {
    if (kind == 1u) {
        return max(x, vec4<f32>(0.0));
    }
    if (kind == 2u) {
        return clamp(x, vec4<f32>(0.0), vec4<f32>(6.0));
    }
    if (kind == 3u) {
        return vec4<f32>(1.0) / (vec4<f32>(1.0) + exp(-x));
    }
    if (kind == 4u) {
        // As `gelu` in src/activation.rs.
        let size = abs(x);
        let z = size * 0.70710678;
        let t = 1.0 / (1.0 + 0.3275911 * z);
        let series = t * (0.2548296 + t * (-0.28449674 + t * (1.4214137 + t * (-1.453152 + t * 1.0614054))));
        return max(x, vec4<f32>(0.0)) - size * (0.5 * series * exp(-z * z));
    }
    return x;
}

// How many of `items` instances are live, times their rows. Steps that are not counted have one item.
fn live_rows(count: u32, items: u32, per_item: u32) -> u32 {
    return min(count, items) * per_item;
}
