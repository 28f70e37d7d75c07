// A coarser map, enlarged, added to a finer one.
// Constants: BILINEAR (else nearest neighbour), ACTIVATION.

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

fn cell(at: u32, channel: u32) -> f32 {
    return coarse[at * args.channels + channel];
}

// Where along a side of `n` coarse cells the middle of cell `at` of the finer map lies, from the first middle on.
fn place(at: u32, n: u32) -> f32 {
    return clamp((f32(at) + 0.5) / f32(args.factor) - 0.5, 0.0, f32(n - 1u));
}

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
    let width = args.width / args.factor;
    var value = 0.0;
    if (BILINEAR == 1u) {
        let height = args.height / args.factor;
        let item = line / args.height;
        let spot = vec2<f32>(place(col, width), place(line - item * args.height, height));
        let low = vec2<u32>(spot);
        let high = min(low + 1u, vec2<u32>(width, height) - 1u);
        let share = spot - vec2<f32>(low);
        let upper = (item * height + low.y) * width;
        let lower = (item * height + high.y) * width;
        let top = vec2<f32>(cell(upper + low.x, channel), cell(upper + high.x, channel));
        let bottom = vec2<f32>(cell(lower + low.x, channel), cell(lower + high.x, channel));
        let mixed = top + (bottom - top) * share.y;
        value = mixed.x + (mixed.y - mixed.x) * share.x;
    } else {
        // The factor divides the height, so the line over all items gives the coarse line.
        value = cell(line / args.factor * width + col / args.factor, channel);
    }
    y[i] = activate(vec4<f32>(fine[i] + value), ACTIVATION).x;
}
