// How matrix products are cut on this very graphics adapter: tried once, while nobody waits for anything, and kept. Which
// cut is the fastest depends on registers and caches that no adapter tells of. Cuts are numbers, as the engine has them.
import { Network } from './engine/querypose.js';
import { detect, differs } from './known.js';

const CACHE = 'querypose-tiles';
/** Where a picture takes longer, no graphics card computes it, and trying would take seconds instead of one. */
const SLOW_MS = 80;
/** Of the time so far another cut has to need less: what is measured twice differs by some percent. */
const BETTER = 0.95;

/** Cuts as it was found out for this adapter on an earlier visit, if it was. */
export async function useKeptTile(network) {
  if (network.tile() === undefined) return;
  const kept = await keptTile(network);
  if (kept >= 0) network.use_tile(kept);
}

/**
 * Finds the fastest cut with the picture whose answers are known, goes on with it and keeps it, where there is none yet.
 * False where it was left because somebody came who waits; then everything is as it was.
 */
export async function findTile(network, check, isWanted) {
  if ((await keptTile(network)) >= 0) return true;
  const own = network.tile();
  let found = own;
  let isDone = false;
  try {
    const fastest = await tryAll(network, check, isWanted);
    isDone = fastest >= 0;
    if (isDone && fastest !== own) {
      network.use_tile(fastest);
      if (!(await differs(network, check))) found = fastest;
    }
  } finally {
    network.use_tile(found);
  }
  if (isDone) await keepTile(network, found);
  return isDone;
}

/** The fastest cut; -1 if somebody is waiting. */
async function tryAll(network, check, isWanted) {
  const own = network.tile();
  const best = Array.from({ length: Network.tiles() }, () => Infinity);
  const tiles = [own, ...best.keys()].filter((tile, i) => i === 0 || tile !== own);
  // There and back: a card that gets faster with work does so for all of them.
  for (const tile of [...tiles, ...[...tiles].reverse()]) {
    network.use_tile(tile);
    // The first picture compiles and fills.
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await detect(network, check);
      const ms = performance.now() - start;
      if (isWanted()) return -1;
      if (tile === own && ms > (i ? SLOW_MS : 4 * SLOW_MS)) return own;
      if (i) best[tile] = Math.min(best[tile], ms);
    }
  }
  const least = Math.min(...best);
  return least < BETTER * best[own] ? best.indexOf(least) : own;
}

/** Another driver or version of the engine is another entry. */
const keyOf = (network) =>
  `https://querypose.invalid/tile?${new URLSearchParams({ adapter: network.adapter(), version: Network.version() })}`;

/** -1 where there is none, or none that the engine has. */
async function keptTile(network) {
  try {
    const cache = await self.caches?.open(CACHE);
    const text = await (await cache?.match(keyOf(network)))?.text();
    return Array.from({ length: Network.tiles() }, (_, tile) => `${tile}`).indexOf(text);
  } catch {
    return -1;
  }
}

async function keepTile(network, tile) {
  try {
    const cache = await self.caches?.open(CACHE);
    await cache?.put(keyOf(network), new Response(`${tile}`));
  } catch {
    // Tried again on the next visit.
  }
}
