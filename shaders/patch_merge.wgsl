// Each 2×2 neighbours of a map become one row of four times the channels.

struct Args {
    height: u32, // of x
    width: u32,
    channels: u32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> x: array<f32>;          // [height, width, channels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;    // [height / 2, width / 2, 4 * channels]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if (i >= args.height * args.width * args.channels) {
        return;
    }
    let quarter = i / args.channels;
    let channel = i - quarter * args.channels;
    let pixel = quarter >> 2u;
    let line = pixel / (args.width >> 1u);
    let col = pixel - line * (args.width >> 1u);
    // Down first, then right.
    let source = (line * 2u + (quarter & 1u)) * args.width + col * 2u + ((quarter >> 1u) & 1u);
    y[i] = x[source * args.channels + channel];
}
