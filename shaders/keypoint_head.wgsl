// Part queries → coordinates (W·q/‖q‖ + b, box units) and sigma (sigmoid(W'·q + b')) of every joint.

struct Args {
    items: u32,
    per_item: u32,
    parts: u32,
    width: u32,  // E
    joints: u32, // K
    pad0: u32,
    pad1: u32,
    pad2: u32,
    // Part of each joint, one byte each, 16 to an element.
    part_of_joint: array<vec4<u32>, 16>,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;          // [1]
@group(0) @binding(2) var<storage, read> q: array<f32>;              // [B, P, E]
@group(0) @binding(3) var<storage, read> coord: array<f32>;          // [E, 2K]
@group(0) @binding(4) var<storage, read> coord_bias: array<f32>;     // [2K]
@group(0) @binding(5) var<storage, read> sigma: array<f32>;          // [E, 2K]
@group(0) @binding(6) var<storage, read> sigma_bias: array<f32>;     // [2K]
@group(0) @binding(7) var<storage, read_write> coords: array<f32>;   // [B, K, 2]
@group(0) @binding(8) var<storage, read_write> sigmas: array<f32>;   // [B, K, 2]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let columns = 2u * args.joints;
    if (i >= live_rows(count[0], args.items, args.per_item * columns)) {
        return;
    }
    let item = i / columns;
    let column = i - item * columns;
    let joint = column >> 1u;
    let part = (args.part_of_joint[joint >> 4u][(joint >> 2u) & 3u] >> ((joint & 3u) * 8u)) & 255u;
    let start = (item * args.parts + part) * args.width;
    var dot_coord = 0.0;
    var dot_sigma = 0.0;
    var square = 0.0;
    for (var c = 0u; c < args.width; c++) {
        let v = q[start + c];
        dot_coord += v * coord[c * columns + column];
        dot_sigma += v * sigma[c * columns + column];
        square += v * v;
    }
    coords[i] = dot_coord / sqrt(square) + coord_bias[column];
    sigmas[i] = activate(vec4<f32>(dot_sigma + sigma_bias[column]), 3u).x;
}
