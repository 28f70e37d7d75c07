// Photo → network input: antialiased bilinear resize as PIL does it, normalise, zero-pad right and bottom.
//
// Three passes over one source. PASS 0 makes the filter of every output column and row; PASS 1 shrinks lines
// and rounds to 8 bits; PASS 2 shrinks columns, rounds, normalises and pads.
//
// PIL weighs source pixel x for output i by the triangle 1 − |x + ½ − (i + ½)·from/to| / max(from/to, 1).
// Times 2·max(from, to) that is a whole number, so the weights are exact here; they are stored as PIL stores
// them, as integers out of 2²².

struct Args {
    source_width: u32,
    source_height: u32,
    width: u32,          // after the resize
    height: u32,
    padded_width: u32,
    padded_height: u32,
    column_taps: u32,    // longest filter of a column
    row_taps: u32,
    mean: vec4<f32>,     // grey levels per channel
    deviation: vec4<f32>,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> photo: array<u32>;            // [source_height, source_width] RGBA, R low
@group(0) @binding(2) var<storage, read_write> filters: array<i32>;    // first pixel and weights of each output:
                                                                       // [width][1 + column_taps], [height][1 + row_taps]
@group(0) @binding(3) var<storage, read_write> lines: array<u32>;      // [source_height, width] packed
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;    // [1, padded_height, padded_width, 4]

const ONE: u32 = 22u; // bits of a weight of 1

// round(part / whole · 2²²) without leaving 32 bits: two times 11 bits of long division.
fn share(of_whole: u32, all: u32) -> i32 {
    let shift = 11u - min(countLeadingZeros(all), 11u); // nothing for pictures of less than 20000 pixels a side
    let part = of_whole >> shift;
    let whole = all >> shift;
    let high = (part << 11u) / whole;
    let rest = (part << 11u) - high * whole;
    let low = (rest << 11u) / whole;
    let left = (rest << 11u) - low * whole;
    return i32((high << 11u) + low + select(0u, 1u, left * 2u >= whole));
}

fn make_filter(out: i32, source: i32, size: i32, at: u32, taps: u32) {
    let reach = 2 * max(source, size);
    // Twice `size` times the centre, and the first pixel whose weight is above 0.
    let center = (2 * out + 1) * source;
    var first = 0;
    if (center > reach) {
        first = (center - reach + size) / (2 * size);
    }
    var sum = 0u;
    for (var t = 0u; t < taps; t++) {
        let x = first + i32(t);
        if (x < source) {
            sum += u32(max(0, reach - abs((2 * x + 1) * size - center)));
        }
    }
    filters[at] = first;
    for (var t = 0u; t < taps; t++) {
        let x = first + i32(t);
        var weight = 0;
        if (x < source) {
            weight = share(u32(max(0, reach - abs((2 * x + 1) * size - center))), sum);
        }
        filters[at + 1u + t] = weight;
    }
}

fn unpack(p: u32) -> vec3<i32> {
    return vec3<i32>(i32(p & 255u), i32((p >> 8u) & 255u), i32((p >> 16u) & 255u));
}

// To 8 bits, rounded.
fn to_bytes(sum: vec3<i32>) -> vec3<i32> {
    return clamp((sum + vec3<i32>(1 << (ONE - 1u))) >> vec3<u32>(ONE), vec3<i32>(0), vec3<i32>(255));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if (PASS == 0u) {
        let rows = args.width * (1u + args.column_taps);
        if (i < args.width) {
            make_filter(i32(i), i32(args.source_width), i32(args.width), i * (1u + args.column_taps), args.column_taps);
        } else if (i < args.width + args.height) {
            let row = i - args.width;
            let at = rows + row * (1u + args.row_taps);
            make_filter(i32(row), i32(args.source_height), i32(args.height), at, args.row_taps);
        }
    } else if (PASS == 1u) {
        if (i >= args.width) {
            return;
        }
        let filter_at = i * (1u + args.column_taps);
        let first = u32(filters[filter_at]);
        var sum = vec3<i32>(0);
        for (var t = 0u; t < args.column_taps; t++) {
            let x = min(first + t, args.source_width - 1u); // past the edge the weight is 0
            sum += filters[filter_at + 1u + t] * unpack(photo[id.y * args.source_width + x]);
        }
        let v = vec3<u32>(to_bytes(sum));
        lines[id.y * args.width + i] = v.x | (v.y << 8u) | (v.z << 16u);
    } else {
        if (i >= args.padded_width) {
            return;
        }
        var v = vec4<f32>(0.0);
        if (i < args.width && id.y < args.height) {
            let filter_at = args.width * (1u + args.column_taps) + id.y * (1u + args.row_taps);
            let first = u32(filters[filter_at]);
            var sum = vec3<i32>(0);
            for (var t = 0u; t < args.row_taps; t++) {
                let row = min(first + t, args.source_height - 1u);
                sum += filters[filter_at + 1u + t] * unpack(lines[row * args.width + i]);
            }
            v = vec4<f32>((vec3<f32>(to_bytes(sum)) - args.mean.xyz) / args.deviation.xyz, 0.0);
        }
        y[id.y * args.padded_width + i] = v;
    }
}
