// SPEGM's pooling: softmax of a part's map over all positions, then the weighted sum of the features. A
// workgroup per part and 64 channels; four threads share a channel's sum. Each makes the softmax anew, which
// costs less than a dispatch; the first one writes it down.
// Constant: POSITIONS (HW).

struct Args {
    items: u32,
    per_item: u32,
    parts: u32,    // P
    channels: u32, // D
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;              // [1]
@group(0) @binding(2) var<storage, read> logits: array<f32>;             // [B, HW, P]
@group(0) @binding(3) var<storage, read> features: array<f32>;           // [B, HW, D]
@group(0) @binding(4) var<storage, read_write> pooled: array<f32>;       // [B, P, D]
@group(0) @binding(5) var<storage, read_write> attention: array<f32>;    // [B, P, HW]

const THREADS: u32 = 256u;
var<workgroup> share: array<f32, POSITIONS>;
var<workgroup> highest: array<f32, 256>;
var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(64, 4)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let part = group.y;
    let channel = group.x * 64u + local.x;
    let items = live_rows(count[0], args.items, args.per_item);
    for (var item = group.z; item < items; item += groups.z) {
        var most = -3.4e38;
        for (var i = lane; i < POSITIONS; i += THREADS) {
            let v = logits[(item * POSITIONS + i) * args.parts + part];
            share[i] = v;
            most = max(most, v);
        }
        highest[lane] = most;
        workgroupBarrier();
        for (var i = 0u; i < THREADS; i++) {
            most = max(most, highest[i]);
        }
        var sum = 0.0;
        for (var i = lane; i < POSITIONS; i += THREADS) {
            let e = exp(share[i] - most);
            share[i] = e;
            sum += e;
        }
        sums[lane] = sum;
        workgroupBarrier();
        sum = 0.0;
        for (var i = 0u; i < THREADS; i++) {
            sum += sums[i];
        }
        if (group.x == 0u) {
            for (var i = lane; i < POSITIONS; i += THREADS) {
                attention[(item * args.parts + part) * POSITIONS + i] = share[i] / sum;
            }
        }
        var out = 0.0;
        if (channel < args.channels) {
            for (var i = local.y; i < POSITIONS; i += 4u) {
                out += share[i] * features[(item * POSITIONS + i) * args.channels + channel];
            }
        }
        // Everybody has read the sums; they now hold the quarters of each channel.
        workgroupBarrier();
        sums[lane] = out;
        workgroupBarrier();
        if (local.y == 0u && channel < args.channels) {
            let x = local.x;
            let total = sums[x] + sums[64u + x] + sums[128u + x] + sums[192u + x];
            pooled[(item * args.parts + part) * args.channels + channel] = total / sum;
        }
        workgroupBarrier();
    }
}
