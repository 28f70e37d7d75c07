import { useEffect, useRef, useState } from 'react';
import { QueryPose } from 'querypose';

/** A picture and, below it, where its people are. */
export function People({ src }) {
  const image = useRef(null);
  const [poses, setPoses] = useState(null);
  useEffect(() => {
    const end = new AbortController();
    const { signal } = end;
    let net;
    (async () => {
      net = await QueryPose.load('models/nano/', { backend: 'cpu', signal });
      if (signal.aborted) return net.dispose();
      const found = await net.detect(image.current, { signal });
      if (!signal.aborted) setPoses(found.poses);
    })().catch((error) => {
      // Another picture, or an effect that is run twice in development.
      if (!signal.aborted) throw error;
    });
    return () => {
      end.abort();
      net?.dispose();
    };
  }, [src]);
  return (
    <figure>
      <img ref={image} src={src} alt="" />
      <pre id="people">{poses ? JSON.stringify(poses, null, 1) : 'Looking …'}</pre>
    </figure>
  );
}
