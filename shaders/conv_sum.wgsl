// Adds up the parts of a long sum that `conv` made, then bias, residual and activation.
// Constants: BIAS, RESIDUAL, ACTIVATION.

struct Args {
    rows: u32,
    items: u32,
    rows_per_item: u32,
    cols: u32,
    parts: u32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;             // [1]
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;        // [parts, rows, cols]
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;        // [cols padded to 4]; unread without BIAS
@group(0) @binding(4) var<storage, read> residual: array<f32>;          // [rows, cols]; unread without RESIDUAL
@group(0) @binding(5) var<storage, read_write> y: array<f32>;           // [rows, cols]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    let row = i / args.cols;
    if (row >= min(args.rows, live_rows(count[0], args.items, args.rows_per_item))) {
        return;
    }
    let col = i - row * args.cols;
    var sum = 0.0;
    for (var part = 0u; part < args.parts; part++) {
        sum += sums[part * args.rows * args.cols + i];
    }
    if (BIAS == 1u) {
        sum += bias[col >> 2u][col & 3u];
    }
    if (RESIDUAL == 1u) {
        sum += residual[i];
    }
    y[i] = activate(vec4<f32>(sum), ACTIVATION).x;
}
