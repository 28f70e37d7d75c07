// HRNet's four resolutions side by side at the finest one; the coarser are enlarged bilinearly, corners not aligned.

struct Args {
    height: u32, // of the finest
    width: u32,
    channels: u32, // of all
    unused: u32,
    own: vec4<u32>, // channels of each
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> x0: array<f32>;         // [height, width, own.x]
@group(0) @binding(2) var<storage, read> x1: array<f32>;         // [height / 2, width / 2, own.y]
@group(0) @binding(3) var<storage, read> x2: array<f32>;         // [height / 4, width / 4, own.z]
@group(0) @binding(4) var<storage, read> x3: array<f32>;         // [height / 8, width / 8, own.w]
@group(0) @binding(5) var<storage, read_write> y: array<f32>;    // [height, width, channels]

fn cell(level: u32, at: u32) -> f32 {
    if (level == 1u) {
        return x1[at];
    }
    if (level == 2u) {
        return x2[at];
    }
    return x3[at];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= args.height * args.width * args.channels) {
        return;
    }
    let pixel = i / args.channels;
    var channel = i - pixel * args.channels;
    let line = pixel / args.width;
    let col = pixel - line * args.width;
    if (channel < args.own.x) {
        y[i] = x0[pixel * args.own.x + channel];
        return;
    }
    channel -= args.own.x;
    var level = 1u;
    var own = args.own.y;
    if (channel >= own) {
        channel -= own;
        own = args.own.z;
        level = 2u;
        if (channel >= own) {
            channel -= own;
            own = args.own.w;
            level = 3u;
        }
    }
    let size = vec2<u32>(args.width >> level, args.height >> level);
    let scale = 1.0 / f32(1u << level);
    let place = max((vec2<f32>(f32(col), f32(line)) + 0.5) * scale - 0.5, vec2<f32>(0.0));
    let low = min(vec2<u32>(place), size - 1u);
    let high = min(low + 1u, size - 1u);
    let share = place - vec2<f32>(low);
    let a = cell(level, (low.y * size.x + low.x) * own + channel);
    let b = cell(level, (low.y * size.x + high.x) * own + channel);
    let c = cell(level, (high.y * size.x + low.x) * own + channel);
    let d = cell(level, (high.y * size.x + high.x) * own + channel);
    let top = a + (b - a) * share.x;
    let bottom = c + (d - c) * share.x;
    y[i] = top + (bottom - top) * share.y;
}
