// A slow line between a browser and the program's own server.
import { connect, createServer } from 'node:net';

/** As much waits at the line's beginning at most (ms of it), as in front of a real one. */
const QUEUE_MS = 200;

/**
 * A line to the server at `port`: what goes to the browser shares one speed, `mbit` million bits a second, and takes `latency` ms each
 * way. `sent` counts its bytes.
 */
export async function slowLine(port, mbit, latency) {
  const line = { sent: 0, freeAt: 0 };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const end = () => {
      near.destroy();
      far.destroy();
    };
    near.on('error', end).on('close', end);
    far.on('error', end).on('end', () => near.end());
    const queued = [];
    near.on('data', (bytes) => setTimeout(() => far.write(bytes), latency));
    far.on('data', (bytes) => {
      const now = performance.now();
      // The line is busy until `freeAt`; these bytes come after those.
      line.freeAt = Math.max(line.freeAt, now) + (bytes.length * 8) / (mbit * 1000);
      const waits = line.freeAt - now;
      line.sent += bytes.length;
      // One timer may overtake another: each takes what has waited longest.
      queued.push(bytes);
      setTimeout(() => !near.destroyed && near.write(queued.shift()), waits + latency);
      if (waits > QUEUE_MS) {
        far.pause();
        setTimeout(() => far.resume(), waits - QUEUE_MS);
      }
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { line, url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
