// The coarser level of the pyramid, doubled by nearest neighbour, added to the finer one.

struct Args {
    items: u32,
    words: u32, // of each item's x
    channels: u32,
    height: u32, // of x
    width: u32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;        // [1]
@group(0) @binding(2) var<storage, read> fine: array<f32>;         // [B, height, width, channels]
@group(0) @binding(3) var<storage, read> coarse: array<f32>;       // [B, height / 2, width / 2, channels]
@group(0) @binding(4) var<storage, read_write> y: array<f32>;      // [B, height, width, channels]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= live_rows(count[0], args.items, args.words)) {
        return;
    }
    let pixel = i / args.channels;
    let channel = i - pixel * args.channels;
    let line = pixel / args.width;
    let col = pixel - line * args.width;
    // The height is even, so half of the line (over all items) is the coarse line.
    let at = ((line >> 1u) * (args.width >> 1u) + (col >> 1u)) * args.channels + channel;
    y[i] = fine[i] + coarse[at];
}
