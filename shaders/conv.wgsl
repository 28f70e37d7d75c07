// Convolution over NHWC maps as an implicit matrix product: a row is an output pixel, a column an output
// channel, and the sum runs over taps (ky, kx) and input channels. Weight rows are (ky, kx, cin).
//
// Also runs `linear` (one tap over rows), `conv_transpose` (a slice per phase, a 2×2 convolution each),
// `dynamic_conv` (a slice per instance, the matrix its own) and long sums cut in parts (a slice per part,
// added up by `conv_sum`).
//
// Each thread makes 4 or 8 rows × 4 or 8 columns in registers; no workgroup memory, so threads never wait and the
// caches serve what neighbours share.
//
// Constants: ALIGNED (input channels are a multiple of 4), PADDED (taps may lie outside), TALL (8 rows a
// thread), WIDE (8 columns), ACROSS (threads side by
// side over columns, a divisor of 64), WHOLE (columns are a multiple of 4), BIAS, RESIDUAL, ACTIVATION,
// WEIGHTS (2: int8, with a scale per column).

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
@group(0) @binding(7) var<storage, read> scale: array<vec4<f32>>;   // [cols padded to 4]; unread but for int8

// Input channels 4q … 4q + 3 of a pixel: `at` is its first word, or its first four if ALIGNED.
fn load(at: u32, q: u32) -> vec4<f32> {
    if (ALIGNED == 1u) {
        return x[at + q];
    }
    let i = at + 4u * q;
    let left = args.channels - 4u * q;
    var v = vec4<f32>(x[i >> 2u][i & 3u], 0.0, 0.0, 0.0);
    if (left > 1u) {
        v.y = x[(i + 1u) >> 2u][(i + 1u) & 3u];
    }
    if (left > 2u) {
        v.z = x[(i + 2u) >> 2u][(i + 2u) & 3u];
    }
    if (left > 3u) {
        v.w = x[(i + 3u) >> 2u][(i + 3u) & 3u];
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

// Where the input pixel under a tap begins; false outside of the map.
struct Pixel {
    at: u32,
    inside: bool,
}

fn pixel(p: vec3<u32>, tap: vec2<u32>, slice: u32) -> Pixel {
    let iy = p.y + tap.y - args.pad_top; // wraps above the map, which is outside too
    let ix = p.z + tap.x - args.pad_left;
    let inside = PADDED == 0u || (iy < args.height && ix < args.width);
    let at = slice + select(0u, ((p.x * args.height + iy) * args.width + ix) * args.channels, inside);
    return Pixel(select(at, at >> 2u, ALIGNED == 1u), inside);
}

fn fetch(p: Pixel, q: u32) -> vec4<f32> {
    if (PADDED == 0u) {
        return load(p.at, q);
    }
    return select(vec4<f32>(0.0), load(p.at, q), p.inside);
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
    if (WEIGHTS == 2u) {
        v *= scale[col >> 2u];
    }
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

const ROWS: u32 = 4u + 4u * TALL;
const COLS: u32 = 4u + 4u * WIDE;
const DOWN: u32 = 64u / ACROSS;

// Writes one row of a tile.
fn finish(row: u32, rows: u32, slice: u32, phase: vec2<u32>, col: u32, a: vec4<f32>, b: vec4<f32>) {
    if (row < rows) {
        store(row, slice, phase, col, a);
        if (WIDE == 1u && col + 4u < args.cols) {
            store(row, slice, phase, col + 4u, b);
        }
    }
}

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
    let w_row = args.w_row;

    for (var row = (group.y * DOWN + down) * ROWS; row < rows; row += groups.y * DOWN * ROWS) {
        let p0 = place(row + 0u, phase);
        let p1 = place(row + 1u, phase);
        let p2 = place(row + 2u, phase);
        let p3 = place(row + 3u, phase);
        let p4 = place(row + 4u, phase);
        let p5 = place(row + 5u, phase);
        let p6 = place(row + 6u, phase);
        let p7 = place(row + 7u, phase);
        var a0 = vec4<f32>(0.0);
        var a1 = vec4<f32>(0.0);
        var a2 = vec4<f32>(0.0);
        var a3 = vec4<f32>(0.0);
        var a4 = vec4<f32>(0.0);
        var a5 = vec4<f32>(0.0);
        var a6 = vec4<f32>(0.0);
        var a7 = vec4<f32>(0.0);
        var b0 = vec4<f32>(0.0);
        var b1 = vec4<f32>(0.0);
        var b2 = vec4<f32>(0.0);
        var b3 = vec4<f32>(0.0);
        var b4 = vec4<f32>(0.0);
        var b5 = vec4<f32>(0.0);
        var b6 = vec4<f32>(0.0);
        var b7 = vec4<f32>(0.0);
        var step = start;
        while (step < end) {
            let tap = step / quads;
            let first = step - tap * quads;
            let last = min(quads, first + (end - step));
            let ky = tap / args.kernel_width;
            let k = vec2<u32>(tap - ky * args.kernel_width, ky);
            let x0 = pixel(p0, k, x_slice);
            let x1 = pixel(p1, k, x_slice);
            let x2 = pixel(p2, k, x_slice);
            let x3 = pixel(p3, k, x_slice);
            let x4 = pixel(p4, k, x_slice);
            let x5 = pixel(p5, k, x_slice);
            let x6 = pixel(p6, k, x_slice);
            let x7 = pixel(p7, k, x_slice);
            var w = w_slice + (tap * args.channels + first * 4u) * w_row;
            for (var q = first; q < last; q++) {
                let v0 = fetch(x0, q);
                let v1 = fetch(x1, q);
                let v2 = fetch(x2, q);
                let v3 = fetch(x3, q);
                var v4 = vec4<f32>(0.0);
                var v5 = vec4<f32>(0.0);
                var v6 = vec4<f32>(0.0);
                var v7 = vec4<f32>(0.0);
                if (TALL == 1u) {
                    v4 = fetch(x4, q);
                    v5 = fetch(x5, q);
                    v6 = fetch(x6, q);
                    v7 = fetch(x7, q);
                }
                {
                    let w0 = widen(weights[w]);
                    let w1 = widen(weights[w + w_row]);
                    let w2 = widen(weights[w + 2u * w_row]);
                    let w3 = widen(weights[w + 3u * w_row]);
                    a0 += v0.x * w0 + v0.y * w1 + v0.z * w2 + v0.w * w3;
                    a1 += v1.x * w0 + v1.y * w1 + v1.z * w2 + v1.w * w3;
                    a2 += v2.x * w0 + v2.y * w1 + v2.z * w2 + v2.w * w3;
                    a3 += v3.x * w0 + v3.y * w1 + v3.z * w2 + v3.w * w3;
                    if (TALL == 1u) {
                        a4 += v4.x * w0 + v4.y * w1 + v4.z * w2 + v4.w * w3;
                        a5 += v5.x * w0 + v5.y * w1 + v5.z * w2 + v5.w * w3;
                        a6 += v6.x * w0 + v6.y * w1 + v6.z * w2 + v6.w * w3;
                        a7 += v7.x * w0 + v7.y * w1 + v7.z * w2 + v7.w * w3;
                    }
                }
                if (WIDE == 1u) {
                    let w0 = widen(weights[w + 1u]);
                    let w1 = widen(weights[w + 1u + w_row]);
                    let w2 = widen(weights[w + 1u + 2u * w_row]);
                    let w3 = widen(weights[w + 1u + 3u * w_row]);
                    b0 += v0.x * w0 + v0.y * w1 + v0.z * w2 + v0.w * w3;
                    b1 += v1.x * w0 + v1.y * w1 + v1.z * w2 + v1.w * w3;
                    b2 += v2.x * w0 + v2.y * w1 + v2.z * w2 + v2.w * w3;
                    b3 += v3.x * w0 + v3.y * w1 + v3.z * w2 + v3.w * w3;
                    if (TALL == 1u) {
                        b4 += v4.x * w0 + v4.y * w1 + v4.z * w2 + v4.w * w3;
                        b5 += v5.x * w0 + v5.y * w1 + v5.z * w2 + v5.w * w3;
                        b6 += v6.x * w0 + v6.y * w1 + v6.z * w2 + v6.w * w3;
                        b7 += v7.x * w0 + v7.y * w1 + v7.z * w2 + v7.w * w3;
                    }
                }
                w += 4u * w_row;
            }
            step += last - first;
        }
        finish(row + 0u, rows, slice, phase, col, a0, b0);
        finish(row + 1u, rows, slice, phase, col, a1, b1);
        finish(row + 2u, rows, slice, phase, col, a2, b2);
        finish(row + 3u, rows, slice, phase, col, a3, b3);
        if (TALL == 1u) {
            finish(row + 4u, rows, slice, phase, col, a4, b4);
            finish(row + 5u, rows, slice, phase, col, a5, b5);
            finish(row + 6u, rows, slice, phase, col, a6, b6);
            finish(row + 7u, rows, slice, phase, col, a7, b7);
        }
    }
}
