// Which instances are worth decoding: logit >= threshold, best first, equal ones by index. Each thread finds
// the rank of its candidates by counting who comes before. Logits are compared as integers of the same
// order, because NaN must never pass and compilers may assume that there is none.
// Constant: ALL (the first `most` in their own order, whatever they score).

struct Args {
    candidates: u32, // R
    most: u32,
}

@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> logits: array<u32>;       // [R, 1], f32 bits
@group(0) @binding(2) var<storage, read> threshold: array<u32>;    // [1], f32 bits
@group(0) @binding(3) var<storage, read_write> ids: array<u32>;    // [most]
@group(0) @binding(4) var<storage, read_write> count: array<u32>;  // [1]

fn is_nan(bits: u32) -> bool {
    return (bits & 0x7fffffffu) > 0x7f800000u;
}

// Integers in the order of the floats.
fn key(bits: u32) -> u32 {
    return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn passes(i: u32) -> bool {
    if (ALL == 1u) {
        return true;
    }
    // −0 counts as 0 here.
    let bits = select(logits[i], 0u, logits[i] == 0x80000000u);
    let least = select(threshold[0], 0u, threshold[0] == 0x80000000u);
    return !is_nan(bits) && !is_nan(least) && key(bits) >= key(least);
}

fn before(i: u32, j: u32) -> bool {
    if (ALL == 1u || logits[i] == logits[j]) {
        return i < j;
    }
    return key(logits[i]) > key(logits[j]);
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    for (var i = lane; i < args.candidates; i += 64u) {
        if (passes(i)) {
            var rank = 0u;
            for (var j = 0u; j < args.candidates; j++) {
                rank += select(0u, 1u, passes(j) && before(j, i));
            }
            if (rank < args.most) {
                ids[rank] = i;
            }
        }
    }
    if (lane == 0u) {
        var passing = 0u;
        for (var j = 0u; j < args.candidates; j++) {
            passing += select(0u, 1u, passes(j));
        }
        count[0] = min(passing, args.most);
    }
}
