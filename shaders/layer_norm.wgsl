// Layer normalisation over the last dimension: 16 threads a row, four rows a workgroup. The variance is
// summed around the mean in a second pass: x² − mean² would lose what small deviations say.
// Constants: RESIDUAL, ACTIVATION.

struct Args {
    items: u32,
    rows_per_item: u32,
    channels: u32,
    eps: f32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;        // [1]
@group(0) @binding(2) var<storage, read> x: array<f32>;            // [rows, channels]
@group(0) @binding(3) var<storage, read> residual: array<f32>;     // as x; unread without RESIDUAL
@group(0) @binding(4) var<storage, read> gamma: array<f32>;        // [channels]
@group(0) @binding(5) var<storage, read> beta: array<f32>;         // [channels]
@group(0) @binding(6) var<storage, read_write> y: array<f32>;      // as x

const LANES: u32 = 16u;
var<workgroup> sums: array<f32, 64>;
var<workgroup> squares: array<f32, 64>;

fn value(at: u32) -> f32 {
    if (RESIDUAL == 1u) {
        return x[at] + residual[at];
    }
    return x[at];
}

@compute @workgroup_size(16, 4)
fn main(
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let rows = live_rows(count[0], args.items, args.rows_per_item);
    let first = (group.x + group.y * groups.x) * 4u;
    if (first >= rows) {
        return;
    }
    // Threads past the last row work along with it and write nothing: everybody meets at the barriers.
    let row = min(first + local.y, rows - 1u);
    let start = row * args.channels;
    let own = local.y * LANES;
    var sum = 0.0;
    for (var c = local.x; c < args.channels; c += LANES) {
        sum += value(start + c);
    }
    sums[own + local.x] = sum;
    workgroupBarrier();
    var mean = 0.0;
    for (var i = 0u; i < LANES; i++) {
        mean += sums[own + i];
    }
    mean /= f32(args.channels);
    var square = 0.0;
    for (var c = local.x; c < args.channels; c += LANES) {
        let d = value(start + c) - mean;
        square += d * d;
    }
    squares[own + local.x] = square;
    workgroupBarrier();
    var variance = 0.0;
    for (var i = 0u; i < LANES; i++) {
        variance += squares[own + i];
    }
    let scale = 1.0 / sqrt(variance / f32(args.channels) + args.eps);
    if (first + local.y >= rows) {
        return;
    }
    for (var c = local.x; c < args.channels; c += LANES) {
        let v = (value(start + c) - mean) * scale * gamma[c] + beta[c];
        y[start + c] = activate(vec4<f32>(v), ACTIVATION).x;
    }
}
