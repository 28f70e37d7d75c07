//! Plain pixels with times of their own, for a pipe: the least of Matroska (RFC 9559) that ffmpeg reads. A pipe of pixels
//! alone has frames at one rate only, which many videos have not.

/// Nanoseconds of a tick.
const TICK_NS: u32 = 1000;

/// An element: its id, its length in eight bytes, and what it holds.
fn element(id: &[u8], holds: &[u8]) -> Vec<u8> {
    [id, &length(holds.len()), holds].concat()
}

fn length(bytes: usize) -> [u8; 8] {
    (1 << 56 | bytes as u64).to_be_bytes()
}

fn number(id: &[u8], value: u64) -> Vec<u8> {
    element(id, &value.to_be_bytes())
}

/// What stands before the first frame of a video of so many pixels.
pub fn head(width: u32, height: u32) -> Vec<u8> {
    let kind = element(&[0x42, 0x82], b"matroska");
    let versions = [number(&[0x42, 0x87], 4), number(&[0x42, 0x85], 2)].concat();
    let ebml = element(&[0x1a, 0x45, 0xdf, 0xa3], &[kind, versions].concat());
    // As long as it gets.
    let segment = [0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let apps = [element(&[0x4d, 0x80], b"querypose"), element(&[0x57, 0x41], b"querypose")].concat();
    let info = element(&[0x15, 0x49, 0xa9, 0x66], &[number(&[0x2a, 0xd7, 0xb1], TICK_NS.into()), apps].concat());
    let size = [number(&[0xb0], width.into()), number(&[0xba], height.into())].concat();
    let video = element(&[0xe0], &[size, element(&[0x2e, 0xb5, 0x24], b"RGBA")].concat());
    // Number, identity, kind (video), no lacing.
    let track = [number(&[0xd7], 1), number(&[0x73, 0xc5], 1), number(&[0x83], 1), number(&[0x9c], 0)].concat();
    let entry = element(&[0xae], &[track, element(&[0x86], b"V_UNCOMPRESSED"), video].concat());
    [ebml, segment.to_vec(), info, element(&[0x16, 0x54, 0xae, 0x6b], &entry)].concat()
}

/// What stands before the bytes of a frame that is seen from `time_s` (seconds) on: a cluster of its own.
pub fn frame_head(time_s: f64, bytes: usize) -> Vec<u8> {
    let ticks = (time_s.max(0.0) * 1e9 / f64::from(TICK_NS)).round() as u64;
    let time = number(&[0xe7], ticks);
    // Track 1, at the cluster's time, a picture that needs no other.
    let block = [&[0xa3][..], &length(4 + bytes), &[0x81, 0, 0, 0x80]].concat();
    [&[0x1f, 0x43, 0xb6, 0x75][..], &length(time.len() + block.len() + bytes), &time, &block].concat()
}
