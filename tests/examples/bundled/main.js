import { QueryPose } from 'querypose';

const options = { backend: 'cpu' };
// A bundler that knows no workers is told where the worker lies: <meta name="worker" content="…">.
const worker = document.querySelector('meta[name=worker]')?.content;
if (worker) options.worker = worker;

QueryPose.load('models/nano/', options).then(async (net) => {
  const { poses } = await net.detect(document.getElementById('photo'));
  document.getElementById('people').textContent = JSON.stringify(poses, null, 1);
  net.dispose();
});
