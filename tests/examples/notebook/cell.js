// A cell: what it returns is shown below it. `library` is the address of the package on a CDN.
async (library) => {
  const { QueryPose } = await import(`${library}/querypose.js`);
  const net = await QueryPose.load('models/nano/', { backend: 'cpu' });
  const { poses } = await net.detect(await (await fetch('photo.jpg')).blob());
  net.dispose();
  return poses;
};
