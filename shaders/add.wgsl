// Elementwise sum. Whole fours: what lies behind the last word of a buffer is nobody's.

struct Args {
    items: u32,
    words: u32, // of each item
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;           // [1]
@group(0) @binding(2) var<storage, read> a: array<vec4<f32>>;         // any shape
@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;         // the same
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;   // the same

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i * 4u >= live_rows(count[0], args.items, args.words)) {
        return;
    }
    y[i] = a[i] + b[i];
}
