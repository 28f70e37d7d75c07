// A coarser map, enlarged by nearest neighbour, added to a finer one.
// Constant: ACTIVATION.

struct Args {
    items: u32,
    words: u32, // of each item's x
    channels: u32,
    height: u32, // of x
    width: u32,
    factor: u32, // divides both
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;        // [1]
@group(0) @binding(2) var<storage, read> fine: array<f32>;         // [B, height, width, channels]
@group(0) @binding(3) var<storage, read> coarse: array<f32>;       // [B, height / factor, width / factor, channels]
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
    // The factor divides the height, so the line over all items gives the coarse line.
    let at = (line / args.factor * (args.width / args.factor) + col / args.factor) * args.channels + channel;
    y[i] = activate(vec4<f32>(fine[i] + coarse[at]), ACTIVATION).x;
}
