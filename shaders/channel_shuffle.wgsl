// The channels of two maps taken in turns; written whole, or one half of them.

struct Args {
    items: u32,
    words: u32,    // of each item's y
    channels: u32, // of each map
    wide: u32,     // channels written
    first: u32,    // shuffled channel the written ones begin with
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;      // [1]
@group(0) @binding(2) var<storage, read> even: array<f32>;       // [B, H, W, channels]
@group(0) @binding(3) var<storage, read> odd: array<f32>;        // [B, H, W, channels]
@group(0) @binding(4) var<storage, read_write> y: array<f32>;    // [B, H, W, wide]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= live_rows(count[0], args.items, args.words)) {
        return;
    }
    let pixel = i / args.wide;
    let channel = i - pixel * args.wide + args.first;
    let at = pixel * args.channels + (channel >> 1u);
    if ((channel & 1u) == 0u) {
        y[i] = even[at];
    } else {
        y[i] = odd[at];
    }
}
