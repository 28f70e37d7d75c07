// Convolution over NHWC maps as an implicit matrix product: a row is an output pixel, a column an output
// channel, and the sum runs over taps (ky, kx) and input channels. Weight rows are (ky, kx, cin).
//
// Also runs `linear` (one tap over rows), `conv_transpose` (a slice per phase, a 2×2 convolution each),
// `dynamic_conv` (a slice per instance, the matrix its own) and long sums cut in parts (a slice per part,
// added up by `conv_sum`).
//
// Each thread makes 4 rows × 4 or 8 columns in registers; no workgroup memory, so threads never wait and the
// caches serve what neighbours share.
//
// Constants: ALIGNED (input channels are a multiple of 4), WIDE (8 columns a thread), ACROSS (threads side by
// side over columns, a divisor of 64), WHOLE (columns are a multiple of 4), BIAS, RESIDUAL, ACTIVATION, F16.

struct Args {
    rows: u32,            // output pixels in a slice, at capacity
    items: u32,           // instances the rows (or slices) divide into, 1 if not counted
    rows_per_item: u32,
    slices: u32,
    slices_per_item: u32, // 0: slices are not counted
    cols: u32,            // output channels
    channels: u32,        // input channels
    taps: u32,
    kernel_width: u32,
    stride: u32,
    pad_top: u32,
    pad_left: u32,
    height: u32,          // of the input map
    width: u32,
    out_height: u32,      // of the map the rows run over
    out_width: u32,
    up: u32,              // 2: rows land at every second output pixel, the phase by slice; else 1
    sum_part: u32,        // steps of the sum in a slice, each 4 input channels of a tap; 0: all of it
    x_slice: u32,         // words from one slice's input to the next
    w_offset: u32,        // four weights each
    w_slice: u32,
    w_row: u32,           // from one row of weights to the next
    y_slice: u32,         // words from one slice's output to the next
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;         // [1]
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;       // [B, height, width, channels]
@group(0) @binding(3) var<storage, read> weights: array<Weights>;   // [taps * channels][cols padded to 4]
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;    // [cols padded to 4]; unread without BIAS
@group(0) @binding(5) var<storage, read> residual: array<vec4<f32>>; // as y; unread without RESIDUAL
@group(0) @binding(6) var<storage, read_write> y: array<Stored>;      // [B, out_height * up, out_width * up, cols]

// Four input channels from word `at` on; `left` of them exist.
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

// A row's place on the input map: (item, y, x) of its first tap, before padding.
fn place(row: u32, phase: vec2<u32>) -> vec3<u32> {
    let line = row / args.out_width;
    let item = line / args.out_height;
    return vec3<u32>(
        item,
        (line - item * args.out_height) * args.stride + phase.y,
        (row - line * args.out_width) * args.stride + phase.x,
    );
}

// Word of the input pixel under a tap; false outside of the map.
struct Pixel {
    at: u32,
    inside: bool,
}

fn pixel(p: vec3<u32>, tap: vec2<u32>) -> Pixel {
    let iy = p.y + tap.y - args.pad_top; // wraps above the map, which is outside too
    let ix = p.z + tap.x - args.pad_left;
    let inside = iy < args.height && ix < args.width;
    return Pixel(select(0u, ((p.x * args.height + iy) * args.width + ix) * args.channels, inside), inside);
}

fn store(row: u32, slice: u32, phase: vec2<u32>, col: u32, sum: vec4<f32>) {
    var at = row;
    if (args.up == 2u) {
        let line = row / args.out_width;
        at = (line * 2u + phase.y) * (args.out_width * 2u) + (row - line * args.out_width) * 2u + phase.x;
    }
    at = at * args.cols + col + slice * args.y_slice;
    let left = args.cols - col;
    var v = sum;
    if (BIAS == 1u) {
        v += bias[col >> 2u];
    }
    if (RESIDUAL == 1u) {
        v += four(at, left);
    }
    put(at, activate(v, ACTIVATION), left);
}

// The same words of the residual.
fn four(at: u32, left: u32) -> vec4<f32> {
    if (WHOLE == 1u) {
        return residual[at >> 2u];
    }
    var v = vec4<f32>(residual[at >> 2u][at & 3u], 0.0, 0.0, 0.0);
    if (left > 1u) {
        v.y = residual[(at + 1u) >> 2u][(at + 1u) & 3u];
    }
    if (left > 2u) {
        v.z = residual[(at + 2u) >> 2u][(at + 2u) & 3u];
    }
    if (left > 3u) {
        v.w = residual[(at + 3u) >> 2u][(at + 3u) & 3u];
    }
    return v;
}

const COLS: u32 = 4u + 4u * WIDE;
const DOWN: u32 = 64u / ACROSS;

// In one dimension: drivers that run shaders on a processor fill their lanes from the first only.
@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let slice = group.z;
    let down = lane / ACROSS;
    let col = (group.x * ACROSS + (lane - down * ACROSS)) * COLS;
    let quads = (args.channels + 3u) / 4u; // fours of input channels
    var rows = args.rows;
    if (args.slices_per_item == 0u) {
        rows = min(rows, live_rows(count[0], args.items, args.rows_per_item));
    } else if (slice >= live_rows(count[0], args.items, args.slices_per_item)) {
        return;
    }
    if (col >= args.cols) {
        return;
    }
    let phase = select(vec2<u32>(0u), vec2<u32>(slice & 1u, slice >> 1u), args.up == 2u);
    var start = 0u;
    var end = args.taps * quads;
    if (args.sum_part != 0u) {
        start = slice * args.sum_part;
        end = min(end, start + args.sum_part);
    }
    let x_slice = slice * args.x_slice;
    let w_slice = args.w_offset + slice * args.w_slice + (col >> 2u);

    for (var row = (group.y * DOWN + down) * 4u; row < rows; row += groups.y * DOWN * 4u) {
        let p0 = place(row, phase);
        let p1 = place(row + 1u, phase);
        let p2 = place(row + 2u, phase);
        let p3 = place(row + 3u, phase);
        var a0 = vec4<f32>(0.0);
        var a1 = vec4<f32>(0.0);
        var a2 = vec4<f32>(0.0);
        var a3 = vec4<f32>(0.0);
        var b0 = vec4<f32>(0.0);
        var b1 = vec4<f32>(0.0);
        var b2 = vec4<f32>(0.0);
        var b3 = vec4<f32>(0.0);
        var step = start;
        while (step < end) {
            let tap = step / quads;
            let first = step - tap * quads;
            let last = min(quads, first + (end - step));
            let ky = tap / args.kernel_width;
            let k = vec2<u32>(tap - ky * args.kernel_width, ky);
            let x0 = pixel(p0, k);
            let x1 = pixel(p1, k);
            let x2 = pixel(p2, k);
            let x3 = pixel(p3, k);
            var w = w_slice + (tap * args.channels + first * 4u) * args.w_row;
            for (var q = first; q < last; q++) {
                let c = q * 4u;
                let left = args.channels - c;
                let v0 = select(vec4<f32>(0.0), load(x_slice + x0.at + c, left), x0.inside);
                let v1 = select(vec4<f32>(0.0), load(x_slice + x1.at + c, left), x1.inside);
                let v2 = select(vec4<f32>(0.0), load(x_slice + x2.at + c, left), x2.inside);
                let v3 = select(vec4<f32>(0.0), load(x_slice + x3.at + c, left), x3.inside);
                {
                    let w0 = widen(weights[w]);
                    let w1 = widen(weights[w + args.w_row]);
                    let w2 = widen(weights[w + 2u * args.w_row]);
                    let w3 = widen(weights[w + 3u * args.w_row]);
                    a0 += v0.x * w0 + v0.y * w1 + v0.z * w2 + v0.w * w3;
                    a1 += v1.x * w0 + v1.y * w1 + v1.z * w2 + v1.w * w3;
                    a2 += v2.x * w0 + v2.y * w1 + v2.z * w2 + v2.w * w3;
                    a3 += v3.x * w0 + v3.y * w1 + v3.z * w2 + v3.w * w3;
                }
                if (WIDE == 1u) {
                    let w0 = widen(weights[w + 1u]);
                    let w1 = widen(weights[w + 1u + args.w_row]);
                    let w2 = widen(weights[w + 1u + 2u * args.w_row]);
                    let w3 = widen(weights[w + 1u + 3u * args.w_row]);
                    b0 += v0.x * w0 + v0.y * w1 + v0.z * w2 + v0.w * w3;
                    b1 += v1.x * w0 + v1.y * w1 + v1.z * w2 + v1.w * w3;
                    b2 += v2.x * w0 + v2.y * w1 + v2.z * w2 + v2.w * w3;
                    b3 += v3.x * w0 + v3.y * w1 + v3.z * w2 + v3.w * w3;
                }
                w += 4u * args.w_row;
            }
            step += last - first;
        }
        store(row, slice, phase, col, a0);
        if (row + 1u < rows) {
            store(row + 1u, slice, phase, col, a1);
        }
        if (row + 2u < rows) {
            store(row + 2u, slice, phase, col, a2);
        }
        if (row + 3u < rows) {
            store(row + 3u, slice, phase, col, a3);
        }
        if (WIDE == 1u && col + 4u < args.cols) {
            store(row, slice, phase, col + 4u, b0);
            if (row + 1u < rows) {
                store(row + 1u, slice, phase, col + 4u, b1);
            }
            if (row + 2u < rows) {
                store(row + 2u, slice, phase, col + 4u, b2);
            }
            if (row + 3u < rows) {
                store(row + 3u, slice, phase, col + 4u, b3);
            }
        }
    }
}
