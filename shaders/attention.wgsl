// Self-attention: a workgroup per query and head; with WEIGHTS it goes through all heads and leaves their mean.
// With OVERLAP two tokens also see each other by their boxes' IoU.
// Constants: TOKENS (T), THREADS (a power of two, up to 64), WEIGHTS, OVERLAP.

struct Args {
    items: u32,
    per_item: u32,
    width: u32,  // C
    heads: u32,
    scale: f32,  // 1 / sqrt(C / heads)
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;            // [1]
@group(0) @binding(2) var<storage, read> qkv: array<f32>;              // [B, T, 3C]
@group(0) @binding(3) var<storage, read> boxes: array<f32>;            // [B * T, 4] xyxy; unread without OVERLAP
@group(0) @binding(4) var<storage, read> overlap: array<f32>;          // [heads]; unread without OVERLAP
@group(0) @binding(5) var<storage, read_write> y: array<f32>;          // [B, T, C]
@group(0) @binding(6) var<storage, read_write> weights: array<f32>;    // [B, T, T]; one word without WEIGHTS

var<workgroup> scores: array<f32, TOKENS>;
var<workgroup> mean: array<f32, TOKENS>;
var<workgroup> highest: array<f32, THREADS>;
var<workgroup> sums: array<f32, THREADS>;

fn corners(token: u32) -> vec4<f32> {
    return vec4<f32>(boxes[token * 4u], boxes[token * 4u + 1u], boxes[token * 4u + 2u], boxes[token * 4u + 3u]);
}

fn area(b: vec4<f32>) -> f32 {
    let size = max(b.zw - b.xy, vec2<f32>(0.0));
    return size.x * size.y;
}

// Intersection over union; 0 where both are empty.
fn iou(a: vec4<f32>, b: vec4<f32>) -> f32 {
    let both = area(vec4<f32>(max(a.xy, b.xy), min(a.zw, b.zw)));
    return both / max(area(a) + area(b) - both, 1e-9);
}

@compute @workgroup_size(THREADS)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let depth = args.width / args.heads;
    let query = group.x;
    let heads_each = args.heads / groups.y;
    let items = live_rows(count[0], args.items, args.per_item);
    for (var item = group.z; item < items; item += groups.z) {
        for (var j = lane; j < TOKENS; j += THREADS) {
            mean[j] = 0.0;
        }
        for (var h = 0u; h < heads_each; h++) {
            let head = group.y * heads_each + h;
            let offset = head * depth;
            let q = (item * TOKENS + query) * 3u * args.width + offset;
            var most = -3.4e38;
            for (var j = lane; j < TOKENS; j += THREADS) {
                let k = (item * TOKENS + j) * 3u * args.width + args.width + offset;
                var dot = 0.0;
                for (var c = 0u; c < depth; c++) {
                    dot += qkv[q + c] * qkv[k + c];
                }
                dot *= args.scale;
                if (OVERLAP == 1u) {
                    dot += overlap[head] * iou(corners(item * TOKENS + query), corners(item * TOKENS + j));
                }
                scores[j] = dot;
                most = max(most, dot);
            }
            highest[lane] = most;
            workgroupBarrier();
            for (var i = 0u; i < THREADS; i++) {
                most = max(most, highest[i]);
            }
            var sum = 0.0;
            for (var j = lane; j < TOKENS; j += THREADS) {
                let e = exp(scores[j] - most);
                scores[j] = e;
                sum += e;
            }
            if (WEIGHTS == 1u) {
                sums[lane] = sum;
            }
            workgroupBarrier();
            if (WEIGHTS == 1u) {
                sum = 0.0;
                for (var i = 0u; i < THREADS; i++) {
                    sum += sums[i];
                }
                for (var j = lane; j < TOKENS; j += THREADS) {
                    mean[j] += scores[j] / sum / f32(args.heads);
                }
            }
            for (var c = lane; c < depth; c += THREADS) {
                var out = 0.0;
                var all = 0.0;
                for (var j = 0u; j < TOKENS; j++) {
                    all += scores[j];
                    out += scores[j] * qkv[(item * TOKENS + j) * 3u * args.width + 2u * args.width + offset + c];
                }
                y[(item * TOKENS + query) * args.width + offset + c] = out / all;
            }
            // The next head writes over the scores that others may still read.
            workgroupBarrier();
        }
        if (WEIGHTS == 1u) {
            for (var j = lane; j < TOKENS; j += THREADS) {
                weights[(item * TOKENS + query) * TOKENS + j] = mean[j];
            }
        }
    }
}
