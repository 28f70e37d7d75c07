// Average pooling without overlap.

struct Args {
    items: u32,
    words: u32, // of each item's y
    channels: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    size: u32, // side of a window
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;      // [1]
@group(0) @binding(2) var<storage, read> x: array<f32>;          // [B, height, width, channels]
@group(0) @binding(3) var<storage, read_write> y: array<f32>;    // [B, out_height, out_width, channels]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= live_rows(count[0], args.items, args.words)) {
        return;
    }
    let pixel = i / args.channels;
    let channel = i - pixel * args.channels;
    let line = pixel / args.out_width;
    let item = line / args.out_height;
    let top = (line - item * args.out_height) * args.size;
    let left = (pixel - line * args.out_width) * args.size;
    var sum = 0.0;
    for (var ky = 0u; ky < args.size; ky++) {
        for (var kx = 0u; kx < args.size; kx++) {
            sum += x[((item * args.height + top + ky) * args.width + left + kx) * args.channels + channel];
        }
    }
    y[i] = sum / f32(args.size * args.size);
}
