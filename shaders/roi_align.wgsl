// RoI align over up to four pyramid levels: a thread makes four channels of a bin.
// Constants: WHOLE (channels are a multiple of 4), LEVELS (the level indices are wanted too), SPLIT (a dispatch per
// level, in which map0 is that level's map and the boxes of others are left alone).

struct Args {
    items: u32,
    boxes_per_item: u32,
    size: u32,      // bins per side, S
    ratio: u32,     // samples per side of a bin
    channels: u32,
    levels: u32,    // 1 to 4
    first: f32,     // area from which a box is on the second map; four times that for each further one
    only: u32,      // with SPLIT: which level this dispatch is about
    maps: array<vec4<f32>, 4>, // (height, width, 1 / stride, 0) of each map
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;          // [1]
@group(0) @binding(2) var<storage, read> boxes: array<vec4<f32>>;    // [R, 4] xyxy px
@group(0) @binding(3) var<storage, read> map0: array<vec4<f32>>;     // [1, H, W, C], finest
@group(0) @binding(4) var<storage, read> map1: array<vec4<f32>>;     // as above, half the size; the first again
@group(0) @binding(5) var<storage, read> map2: array<vec4<f32>>;     // where there are fewer levels
@group(0) @binding(6) var<storage, read> map3: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> y: array<Stored>;       // [R, S, S, C]
@group(0) @binding(8) var<storage, read_write> level_of: array<u32>; // [R]; one word without LEVELS

fn cell(level: u32, i: u32) -> vec4<f32> {
    if (SPLIT == 1u) {
        return map0[i];
    }
    switch (level) {
        case 0u: {
            return map0[i];
        }
        case 1u: {
            return map1[i];
        }
        case 2u: {
            return map2[i];
        }
        default: {
            return map3[i];
        }
    }
}

fn load(level: u32, at: u32, left: u32) -> vec4<f32> {
    if (WHOLE == 1u) {
        return cell(level, at >> 2u);
    }
    var v = vec4<f32>(cell(level, at >> 2u)[at & 3u], 0.0, 0.0, 0.0);
    if (left > 1u) {
        v.y = cell(level, (at + 1u) >> 2u)[(at + 1u) & 3u];
    }
    if (left > 2u) {
        v.z = cell(level, (at + 2u) >> 2u)[(at + 2u) & 3u];
    }
    if (left > 3u) {
        v.w = cell(level, (at + 3u) >> 2u)[(at + 3u) & 3u];
    }
    return v;
}

// floor(4 + log2(sqrt(area) / 224)) within the levels there are; a NaN area is on the first.
fn level_of_box(b: vec4<f32>) -> u32 {
    let area = (b.z - b.x) * (b.w - b.y);
    var level = 0u;
    var least = args.first;
    for (var i = 1u; i < args.levels; i++) {
        if (area >= least) {
            level = i;
        }
        least *= 4.0;
    }
    return level;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let channel = id.x * 4u;
    let bin = id.y;
    if (channel >= args.channels || bin >= args.size * args.size) {
        return;
    }
    let left = args.channels - channel;
    let boxes_live = live_rows(count[0], args.items, args.boxes_per_item);
    let bin_y = bin / args.size;
    let bin_x = bin - bin_y * args.size;
    for (var r = id.z; r < boxes_live; r += groups.z) {
        let b = boxes[r];
        let level = level_of_box(b);
        if (LEVELS == 1u && bin == 0u && channel == 0u) {
            level_of[r] = level;
        }
        if (SPLIT == 1u && level != args.only) {
            continue;
        }
        let map = args.maps[level];
        let height = u32(map.x);
        let width = u32(map.y);
        let corner = b.xy * map.z - 0.5;
        let side = (b.zw * map.z - 0.5 - corner) / f32(args.size);
        var sum = vec4<f32>(0.0);
        for (var sy = 0u; sy < args.ratio; sy++) {
            let py = corner.y + side.y * (f32(bin_y) + (f32(sy) + 0.5) / f32(args.ratio));
            for (var sx = 0u; sx < args.ratio; sx++) {
                let px = corner.x + side.x * (f32(bin_x) + (f32(sx) + 0.5) / f32(args.ratio));
                if (py >= -1.0 && py <= map.x && px >= -1.0 && px <= map.y) {
                    let fy = max(py, 0.0);
                    let fx = max(px, 0.0);
                    let y0 = min(u32(fy), height - 1u);
                    let x0 = min(u32(fx), width - 1u);
                    let y1 = min(y0 + 1u, height - 1u);
                    let x1 = min(x0 + 1u, width - 1u);
                    let ly = select(fy - f32(y0), 0.0, y0 == y1);
                    let lx = select(fx - f32(x0), 0.0, x0 == x1);
                    let top = y0 * width;
                    let bottom = y1 * width;
                    sum += (1.0 - ly) * (1.0 - lx) * load(level, (top + x0) * args.channels + channel, left);
                    sum += (1.0 - ly) * lx * load(level, (top + x1) * args.channels + channel, left);
                    sum += ly * (1.0 - lx) * load(level, (bottom + x0) * args.channels + channel, left);
                    sum += ly * lx * load(level, (bottom + x1) * args.channels + channel, left);
                }
            }
        }
        sum /= f32(args.ratio * args.ratio);
        let at = (r * args.size * args.size + bin) * args.channels + channel;
        put(at, sum, left);
    }
}
