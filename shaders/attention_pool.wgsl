// SPEGM's softmax: each part's map over all positions. A workgroup per part. `attention_pool_sum` then weighs
// the features with it.
// Constant: POSITIONS (HW).

struct Args {
    items: u32,
    per_item: u32,
    parts: u32, // P
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;              // [1]
@group(0) @binding(2) var<storage, read> logits: array<f32>;             // [B, HW, P]
@group(0) @binding(3) var<storage, read_write> attention: array<f32>;    // [B, P, HW]

var<workgroup> share: array<f32, POSITIONS>;
var<workgroup> highest: array<f32, 64>;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) lane: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let part = group.x;
    let items = live_rows(count[0], args.items, args.per_item);
    for (var item = group.z; item < items; item += groups.z) {
        var most = -3.4e38;
        for (var i = lane; i < POSITIONS; i += 64u) {
            let v = logits[(item * POSITIONS + i) * args.parts + part];
            share[i] = v;
            most = max(most, v);
        }
        highest[lane] = most;
        workgroupBarrier();
        for (var i = 0u; i < 64u; i++) {
            most = max(most, highest[i]);
        }
        var sum = 0.0;
        for (var i = lane; i < POSITIONS; i += 64u) {
            let e = exp(share[i] - most);
            share[i] = e;
            sum += e;
        }
        sums[lane] = sum;
        workgroupBarrier();
        sum = 0.0;
        for (var i = 0u; i < 64u; i++) {
            sum += sums[i];
        }
        for (var i = lane; i < POSITIONS; i += 64u) {
            attention[(item * args.parts + part) * POSITIONS + i] = share[i] / sum;
        }
        // The next item's numbers go where others may still read.
        workgroupBarrier();
    }
}
