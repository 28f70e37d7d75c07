// SPEGM's pooling: the features of all positions, weighed by each part's attention. A thread makes four
// channels of a part.
// Constant: WHOLE (channels are a multiple of 4).

struct Args {
    items: u32,
    per_item: u32,
    parts: u32,     // P
    channels: u32,  // D
    positions: u32, // HW
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;            // [1]
@group(0) @binding(2) var<storage, read_write> attention: array<f32>;  // [B, P, HW], made by `attention_pool`
@group(0) @binding(3) var<storage, read> features: array<vec4<f32>>;   // [B, HW, D]
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;       // [B, P, D]

fn load(at: u32, left: u32) -> vec4<f32> {
    if (WHOLE == 1u) {
        return features[at >> 2u];
    }
    var v = vec4<f32>(features[at >> 2u][at & 3u], 0.0, 0.0, 0.0);
    if (left > 1u) {
        v.y = features[(at + 1u) >> 2u][(at + 1u) & 3u];
    }
    if (left > 2u) {
        v.z = features[(at + 2u) >> 2u][(at + 2u) & 3u];
    }
    if (left > 3u) {
        v.w = features[(at + 3u) >> 2u][(at + 3u) & 3u];
    }
    return v;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let quads = (args.channels + 3u) / 4u;
    let i = id.x + id.y * groups.x * 64u;
    let row = i / quads; // (item, part)
    if (row >= live_rows(count[0], args.items, args.per_item) * args.parts) {
        return;
    }
    let channel = (i - row * quads) * 4u;
    let left = args.channels - channel;
    let first = row / args.parts * args.positions * args.channels + channel;
    var sum = vec4<f32>(0.0);
    for (var p = 0u; p < args.positions; p++) {
        sum += attention[row * args.positions + p] * load(first + p * args.channels, left);
    }
    put(row * args.channels + channel, sum, left);
}
