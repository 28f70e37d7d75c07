// The learned part queries, once for every selected instance.

struct Args {
    items: u32,
    words: u32, // of each item
    row: u32,   // words of x
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;      // [1]
@group(0) @binding(2) var<storage, read> x: array<u32>;          // [P, E]
@group(0) @binding(3) var<storage, read_write> y: array<u32>;    // [N, P, E]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= live_rows(count[0], args.items, args.words)) {
        return;
    }
    y[i] = x[i % args.row];
}
