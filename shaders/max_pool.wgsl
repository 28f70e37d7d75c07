// 3×3 max pooling, stride 2, pad 1.

struct Args {
    items: u32,
    words: u32, // of each item's y
    channels: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
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
    let top = (line - item * args.out_height) * 2u;
    let left = (pixel - line * args.out_width) * 2u;
    // The middle of the 3×3 lies inside always.
    var best = x[((item * args.height + top) * args.width + left) * args.channels + channel];
    for (var ky = 0u; ky < 3u; ky++) {
        for (var kx = 0u; kx < 3u; kx++) {
            let iy = top + ky - 1u; // wraps above the map, which is outside too
            let ix = left + kx - 1u;
            if (iy < args.height && ix < args.width) {
                best = max(best, x[((item * args.height + iy) * args.width + ix) * args.channels + channel]);
            }
        }
    }
    y[i] = best;
}
