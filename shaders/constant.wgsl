// A learned tensor, copied to where the tape wants it.

struct Args {
    words: u32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> param: array<vec4<f32>>;     // any shape, padded to whole fours
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // the same

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i * 4u < args.words) {
        y[i] = param[i];
    }
}
