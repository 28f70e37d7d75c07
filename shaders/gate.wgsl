// SIM's choice between the new look e and the memory q: e·σ(l[..E]) + q·σ(l[E..]).
// Constant: GATES (σ(l) is wanted too).

struct Args {
    items: u32,
    words: u32, // of each item's e
    width: u32, // E
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;          // [1]
@group(0) @binding(2) var<storage, read> e: array<f32>;              // [B, P, E]
@group(0) @binding(3) var<storage, read> q: array<f32>;              // [B, P, E]
@group(0) @binding(4) var<storage, read> l: array<f32>;              // [B, P, 2E]
@group(0) @binding(5) var<storage, read_write> y: array<f32>;        // [B, P, E]
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;    // [B, P, 2E]; one word without GATES

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= live_rows(count[0], args.items, args.words)) {
        return;
    }
    let row = i / args.width;
    let at = i + row * args.width; // row * 2E + channel
    let both = activate(vec4<f32>(l[at], l[at + args.width], 0.0, 0.0), 3u);
    y[i] = e[i] * both.x + q[i] * both.y;
    if (GATES == 1u) {
        gates[at] = both.x;
        gates[at + args.width] = both.y;
    }
}
