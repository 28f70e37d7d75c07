// A stage's deltas applied to its input boxes.

struct Args {
    items: u32,
    boxes: u32, // of each item
    clamp: f32, // dw and dh are clamped above only
    wx: f32,    // divisors of (dx, dy, dw, dh)
    wy: f32,
    ww: f32,
    wh: f32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> count: array<u32>;           // [1]
@group(0) @binding(2) var<storage, read> boxes: array<vec4<f32>>;     // [R, 4] xyxy px
@group(0) @binding(3) var<storage, read> deltas: array<vec4<f32>>;    // [R, 4]
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;   // [R, 4] xyxy px

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= live_rows(count[0], args.items, args.boxes)) {
        return;
    }
    let b = boxes[id.x];
    let d = deltas[id.x] / vec4<f32>(args.wx, args.wy, args.ww, args.wh);
    let size = b.zw - b.xy;
    let center = d.xy * size + (b.xy + 0.5 * size);
    let reach = 0.5 * (exp(min(d.zw, vec2<f32>(args.clamp))) * size);
    y[id.x] = vec4<f32>(center - reach, center + reach);
}
