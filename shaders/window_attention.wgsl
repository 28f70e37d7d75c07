// Swin's attention inside windows. A thread answers one query of one head, with the softmax summed as it goes
// (Milakov & Gimelshein 2018), so that threads never wait; neighbours share their window's keys in the caches.
// Constant: QUADS (fours of channels of a head).

struct Args {
    height: u32,
    width: u32,
    down: u32,     // windows
    across: u32,
    channels: u32, // C
    heads: u32,
    window: u32,
    shift: u32,
    scale: f32,    // 1 / sqrt(C / heads)
    mask: f32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;        // [height, width, 3C]
@group(0) @binding(2) var<storage, read> table: array<f32>;            // [(2 window - 1)², heads]
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;       // [3C], what padding is
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;    // [height, width, C]

// A place on the padded, rolled map.
struct Place {
    cell: u32, // on the map
    inside: bool,
    region: vec2<u32>, // cells of different regions are kept apart
}

fn region(at: u32, padded: u32) -> u32 {
    if (args.shift == 0u) {
        return 0u;
    }
    return u32(at + args.window >= padded) + u32(at + args.shift >= padded);
}

fn place(at: vec2<u32>) -> Place {
    let padded = vec2<u32>(args.across, args.down) * args.window;
    let cell = (at + args.shift) % padded;
    return Place(
        cell.y * args.width + cell.x,
        cell.x < args.width && cell.y < args.height,
        vec2<u32>(region(at.x, padded.x), region(at.y, padded.y)),
    );
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let tokens = args.window * args.window;
    let own = i / tokens; // window and head
    let token = i - own * tokens;
    let window = own / args.heads;
    let head = own - window * args.heads;
    if (window >= args.down * args.across) {
        return;
    }
    let corner = vec2<u32>(window % args.across, window / args.across) * args.window;
    let offset = vec2<u32>(token % args.window, token / args.window);
    let me = place(corner + offset);
    if (!me.inside) {
        return;
    }
    let width = args.channels >> 2u; // fours of a cell's queries
    let first = head * QUADS;
    var q: array<vec4<f32>, QUADS>;
    var sum: array<vec4<f32>, QUADS>;
    for (var c = 0u; c < QUADS; c++) {
        q[c] = qkv[me.cell * 3u * width + first + c] * args.scale;
        sum[c] = vec4<f32>(0.0);
    }
    var most = -3.4e38;
    var total = 0.0;
    let span = 2u * args.window - 1u;
    for (var ky = 0u; ky < args.window; ky++) {
        for (var kx = 0u; kx < args.window; kx++) {
            let other = place(corner + vec2<u32>(kx, ky));
            let key = select(0u, other.cell * 3u * width, other.inside) + width + first;
            var dot = vec4<f32>(0.0);
            for (var c = 0u; c < QUADS; c++) {
                dot += q[c] * select(bias[width + first + c], qkv[key + c], other.inside);
            }
            let delta = offset + args.window - 1u - vec2<u32>(kx, ky);
            var score = dot.x + dot.y + dot.z + dot.w + table[(delta.y * span + delta.x) * args.heads + head];
            if (any(other.region != me.region)) {
                score += args.mask;
            }
            let higher = max(most, score);
            let keep = exp(most - higher);
            let weight = exp(score - higher);
            most = higher;
            total = total * keep + weight;
            for (var c = 0u; c < QUADS; c++) {
                let v = select(bias[2u * width + first + c], qkv[key + width + c], other.inside);
                sum[c] = sum[c] * keep + weight * v;
            }
        }
    }
    for (var c = 0u; c < QUADS; c++) {
        y[me.cell * width + first + c] = sum[c] / total;
    }
}
