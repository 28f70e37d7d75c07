// Depthwise convolution over NHWC maps: a thread makes four channels of four output pixels side by side, so
// that weights, and with stride 1 inputs too, are read once for all of them.
// Constants: WHOLE (channels are a multiple of 4), SLIDE (3×3, stride 1), BIAS, ACTIVATION, WEIGHTS.

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
@group(0) @binding(5) var<storage, read_write> y: array<Stored>;    // [B, out_height, out_width, channels]

fn load(at: u32, left: u32) -> vec4<f32> {
    if (WHOLE == 1u) {
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

// Column `ix` of a line that starts at word `line`; zero left and right of it.
fn column(line: u32, ix: u32, left: u32) -> vec4<f32> {
    let inside = ix < args.width; // left of the line it has wrapped
    return select(vec4<f32>(0.0), load(line + select(0u, ix, inside) * args.channels, left), inside);
}

fn store(at: u32, sum: vec4<f32>, quad: u32, left: u32) {
    var v = sum;
    if (BIAS == 1u) {
        v += bias[quad];
    }
    put(at, activate(v, ACTIVATION), left);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let channel = id.x * 4u;
    let col = id.y * 4u;
    let line = id.z;
    if (channel >= args.channels || col >= args.out_width || line >= live_rows(count[0], args.items, args.lines)) {
        return;
    }
    let left = args.channels - channel;
    let quads = (args.channels + 3u) / 4u;
    let item = line / args.out_height;
    let top = (line - item * args.out_height) * args.stride - args.pad_top; // wraps above the map
    let first = col * args.stride - args.pad_left;
    var a0 = vec4<f32>(0.0);
    var a1 = vec4<f32>(0.0);
    var a2 = vec4<f32>(0.0);
    var a3 = vec4<f32>(0.0);
    for (var ky = 0u; ky < args.kernel; ky++) {
        let iy = top + ky;
        if (iy >= args.height) {
            continue;
        }
        let start = (item * args.height + iy) * args.width * args.channels + channel;
        var w = ky * args.kernel * quads + id.x;
        if (SLIDE == 1u) {
            let w0 = widen(weights[w]);
            let w1 = widen(weights[w + quads]);
            let w2 = widen(weights[w + 2u * quads]);
            let c0 = column(start, first, left);
            let c1 = column(start, first + 1u, left);
            let c2 = column(start, first + 2u, left);
            let c3 = column(start, first + 3u, left);
            let c4 = column(start, first + 4u, left);
            let c5 = column(start, first + 5u, left);
            a0 += c0 * w0 + c1 * w1 + c2 * w2;
            a1 += c1 * w0 + c2 * w1 + c3 * w2;
            a2 += c2 * w0 + c3 * w1 + c4 * w2;
            a3 += c3 * w0 + c4 * w1 + c5 * w2;
        } else {
            for (var kx = 0u; kx < args.kernel; kx++) {
                let v = widen(weights[w]);
                a0 += column(start, first + kx, left) * v;
                a1 += column(start, first + kx + args.stride, left) * v;
                a2 += column(start, first + kx + 2u * args.stride, left) * v;
                a3 += column(start, first + kx + 3u * args.stride, left) * v;
                w += quads;
            }
        }
    }
    let at = (line * args.out_width + col) * args.channels + channel;
    store(at, a0, id.x, left);
    if (col + 1u < args.out_width) {
        store(at + args.channels, a1, id.x, left);
    }
    if (col + 2u < args.out_width) {
        store(at + 2u * args.channels, a2, id.x, left);
    }
    if (col + 3u < args.out_width) {
        store(at + 3u * args.channels, a3, id.x, left);
    }
}
