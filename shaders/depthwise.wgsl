// Depthwise convolution over NHWC maps: a thread makes four channels of an output pixel.
// Constants: ALIGNED (channels are a multiple of 4), BIAS, ACTIVATION, F16.

struct Args {
    items: u32,
    lines: u32,    // output lines of each item
    channels: u32,
    kernel: u32,
    stride: u32,
    pad_top: u32,
    pad_left: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;         // [1]
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;       // [B, height, width, channels]
@group(0) @binding(3) var<storage, read> weights: array<Weights>;   // [kernel * kernel][channels padded to 4]
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;    // [channels padded to 4]; unread without BIAS
@group(0) @binding(5) var<storage, read_write> y: array<f32>;       // [B, out_height, out_width, channels]

fn load(at: u32, left: u32) -> vec4<f32> {
    if (ALIGNED == 1u) {
        return x[at >> 2u];
    }
    var v = vec4<f32>(x[at >> 2u][at & 3u], 0.0, 0.0, 0.0);
    if (left > 1u) {
        v.y = x[(at + 1u) >> 2u][(at + 1u) & 3u];
    }
    if (left > 2u) {
        v.z = x[(at + 2u) >> 2u][(at + 2u) & 3u];
    }
    if (left > 3u) {
        v.w = x[(at + 3u) >> 2u][(at + 3u) & 3u];
    }
    return v;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let channel = id.x * 4u;
    let col = id.y;
    let line = id.z;
    if (channel >= args.channels || col >= args.out_width || line >= live_rows(count[0], args.items, args.lines)) {
        return;
    }
    let left = args.channels - channel;
    let quads = (args.channels + 3u) / 4u;
    let item = line / args.out_height;
    let top = (line - item * args.out_height) * args.stride - args.pad_top; // wraps above the map
    let first = col * args.stride - args.pad_left;
    var sum = vec4<f32>(0.0);
    for (var ky = 0u; ky < args.kernel; ky++) {
        let iy = top + ky;
        if (iy >= args.height) {
            continue;
        }
        for (var kx = 0u; kx < args.kernel; kx++) {
            let ix = first + kx;
            if (ix < args.width) {
                let at = ((item * args.height + iy) * args.width + ix) * args.channels + channel;
                sum += load(at, left) * widen(weights[(ky * args.kernel + kx) * quads + id.x]);
            }
        }
    }
    if (BIAS == 1u) {
        sum += bias[id.x];
    }
    sum = activate(sum, ACTIVATION);
    let at = (line * args.out_width + col) * args.channels + channel;
    y[at] = sum.x;
    if (left > 1u) {
        y[at + 1u] = sum.y;
    }
    if (left > 2u) {
        y[at + 2u] = sum.z;
    }
    if (left > 3u) {
        y[at + 3u] = sum.w;
    }
}
