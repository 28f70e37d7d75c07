// Layer normalisation over the last dimension: LANES threads a row, 64 a workgroup. The variance is
// summed around the mean in a second pass: x² − mean² would lose what small deviations say.
// Constants: LANES (a divisor of 64), RESIDUAL, ACTIVATION.

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

const ROWS: u32 = 64u / LANES;
var<workgroup> sums: array<f32, 64>;
var<workgroup> squares: array<f32, 64>;

fn value(at: u32) -> f32 {
    if (RESIDUAL == 1u) {
        return x[at] + residual[at];
    }
    return x[at];
}

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) index: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let rows = live_rows(count[0], args.items, args.rows_per_item);
    let down = index / LANES;
    let lane = index - down * LANES;
    let first = (group.x + group.y * groups.x) * ROWS;
    if (first >= rows) {
        return;
    }
    // Threads past the last row work along with it and write nothing: everybody meets at the barriers.
    let row = min(first + down, rows - 1u);
    let start = row * args.channels;
    let own = down * LANES;
    var sum = 0.0;
    for (var c = lane; c < args.channels; c += LANES) {
        sum += value(start + c);
    }
    sums[own + lane] = sum;
    if (LANES > 1u) {
        workgroupBarrier();
    }
    var mean = 0.0;
    for (var i = 0u; i < LANES; i++) {
        mean += sums[own + i];
    }
    mean /= f32(args.channels);
    var square = 0.0;
    for (var c = lane; c < args.channels; c += LANES) {
        let d = value(start + c) - mean;
        square += d * d;
    }
    squares[own + lane] = square;
    if (LANES > 1u) {
        workgroupBarrier();
    }
    var variance = 0.0;
    for (var i = 0u; i < LANES; i++) {
        variance += squares[own + i];
    }
    let scale = 1.0 / sqrt(variance / f32(args.channels) + args.eps);
    if (first + down >= rows) {
        return;
    }
    for (var c = lane; c < args.channels; c += LANES) {
        let v = (value(start + c) - mean) * scale * gamma[c] + beta[c];
        y[start + c] = activate(vec4<f32>(v), ACTIVATION).x;
    }
}
