// Reads a trace, a safetensors file: a JSON header, then the tensors' bytes.

/** `{ facts, tensors }` of a trace file; tensors stored in bytes are widened by the scale of each row. */
export function readTrace(file) {
  const length = Number(new DataView(file).getBigUint64(0, true));
  const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
  const raw = (name) => {
    const {
      dtype,
      data_offsets: [from, to],
    } = entries[name];
    const Words = dtype === 'U8' ? Uint8Array : Float32Array;
    return new Words(file, 8 + length + from, (to - from) / Words.BYTES_PER_ELEMENT);
  };
  const tensors = {};
  for (const [name, { dtype, shape }] of Object.entries(entries)) {
    if (name.endsWith('/scale')) continue;
    const data = raw(name);
    tensors[name] = { shape, data: dtype === 'U8' ? widened(data, raw(`${name}/scale`), shape.at(-1)) : data };
  }
  return { facts: JSON.parse(metadata.facts), tensors };
}

function widened(bytes, scales, row) {
  return Float32Array.from(bytes, (byte, i) => (byte / 255) * scales[Math.floor(i / row)]);
}
