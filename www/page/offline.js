// Visits without a network: registers the service worker, says whether the page is kept, and offers a new version.

import { tr } from '../words/say.js';

const WORDS = {
  others: tr`Another tab has this page open. Close it, then press again.`,
  kept: tr`This page is kept on this device and works without a network.`,
  not: tr`This page could not be kept on this device: it works only with a network.`,
};

/**
 * `say(sentence)` tells whether the page is kept, which it is as a whole once `isWhole()`: the weights are kept by who
 * fetches them. `offer(accept)` tells that there is a new version, to be accepted.
 */
export async function keepForOffline(say, offer, isWhole) {
  const { serviceWorker } = navigator;
  // No secure page, or a browser without.
  if (!serviceWorker) return;
  const begun = serviceWorker.controller;
  let accepted = false;
  serviceWorker.addEventListener('controllerchange', () => accepted && location.reload());
  try {
    const registration = await serviceWorker.register('service-worker.js', { updateViaCache: 'none' });
    const look = () => {
      const { waiting, active } = registration;
      if (active && isWhole()) say(WORDS.kept);
      if (waiting && begun) {
        offer(() => {
          accepted = true;
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data: takesOver }) => takesOver || say(WORDS.others);
          waiting.postMessage('take over', [port2]);
        });
      }
    };
    const follow = (worker) => {
      worker?.addEventListener('statechange', () => {
        if (worker.state === 'redundant' && !registration.active) say(WORDS.not);
        else look();
      });
    };
    follow(registration.installing);
    registration.addEventListener('updatefound', () => follow(registration.installing));
    look();
  } catch {
    say(WORDS.not);
  }
}
