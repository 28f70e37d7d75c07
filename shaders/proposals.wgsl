// Learned boxes (cx, cy, w, h) in units of the picture → (x1, y1, x2, y2) in pixels.

struct Args {
    boxes: u32,
    width: f32,  // of the unpadded picture, pixels
    height: f32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> learned: array<vec4<f32>>;   // [R, 4]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // [R, 4]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= args.boxes) {
        return;
    }
    let b = learned[id.x];
    let size = vec2<f32>(args.width, args.height);
    y[id.x] = vec4<f32>((b.xy - 0.5 * b.zw) * size, (b.xy + 0.5 * b.zw) * size);
}
