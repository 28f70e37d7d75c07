// The product of dynamic convolution for matrices whose columns are no multiple of 4; others run as `conv`.

struct Args {
    items: u32,
    words: u32,  // of each item's y
    rows: u32,   // M
    k: u32,
    n: u32,
    offset: u32, // of the matrix in an instance's parameters
    length: u32, // L
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;      // [1]
@group(0) @binding(2) var<storage, read> x: array<f32>;          // [B, M, k]
@group(0) @binding(3) var<storage, read> params: array<f32>;     // [B, L], of which [k][n] from offset on
@group(0) @binding(4) var<storage, read_write> y: array<f32>;    // [B, M, n]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= live_rows(count[0], args.items, args.words)) {
        return;
    }
    let row = i / args.n;
    let col = i - row * args.n;
    let matrix = row / args.rows * args.length + args.offset + col;
    var sum = 0.0;
    for (var j = 0u; j < args.k; j++) {
        sum += x[row * args.k + j] * params[matrix + j * args.n];
    }
    y[i] = sum;
}
