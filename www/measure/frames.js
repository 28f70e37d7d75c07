// A video file, frame by frame: every frame once, in order, each with its own time.
//
// The file is taken apart by a demuxer; frames are decoded by WebCodecs where the browser can, else the video is moved
// to the middle of one frame after the other, whose times the demuxer knows.
import { firstFrame } from '../lib/arriving.js';
import { QueryPoseError } from '../lib/error.js';
import { within } from '../lib/patience.js';
import { BlobSource, EncodedPacketSink, Input, MATROSKA, MP4, QTFF, VideoSampleSink, WEBM } from './demuxer.js';

/** A frame that takes longer never comes. */
const FRAME_MS = 30_000;
/** A frame that is not shown so long after it was found is not shown at all. */
const SHOWN_MS = 2000;
/** Seconds that a frame's time may be off. */
const EXACT_S = 0.001;
const SILENT = 'The video gives no more frames. Try a copy of it, as MP4 or WebM.';

/**
 * Opens a file: `{ seconds, frames() }`. `frames()` gives `{ timeS, picture }` of one frame after the other; a picture
 * can be looked at until the next is asked for. Rejects with a sentence for what cannot be taken apart.
 */
export async function openFilm(file) {
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, MATROSKA, WEBM] });
  let track;
  let seconds;
  try {
    track = await input.getPrimaryVideoTrack();
    seconds = await track?.computeDuration();
  } catch {
    throw unknown();
  }
  if (!track || !(seconds > 0)) throw unknown();
  const decodes = await track.canDecode().catch(() => false);
  return { seconds, frames: () => (decodes ? decoded(track) : sought(file, track)) };
}

function unknown() {
  return new QueryPoseError('video', 'This video cannot be taken apart into frames. Save it as MP4 or WebM first.');
}

async function* decoded(track) {
  const samples = new VideoSampleSink(track).samples();
  let canvas = null;
  try {
    for (;;) {
      const { done, value: sample } = await within(FRAME_MS, samples.next(), SILENT);
      if (done) return;
      const { timestamp: timeS, rotation, flip, pixelAspectRatio, displayWidth: width, displayHeight: height } = sample;
      let picture;
      try {
        const isPlain = !rotation && !flip && pixelAspectRatio.num === pixelAspectRatio.den;
        if (isPlain) picture = sample.toVideoFrame();
        else {
          // As it is to be seen: upright, with square pixels.
          canvas ??= new OffscreenCanvas(width, height);
          sample.draw(canvas.getContext('2d'), 0, 0, width, height);
          picture = canvas;
        }
      } finally {
        sample.close();
      }
      try {
        yield { timeS, picture };
      } finally {
        if (picture !== canvas) picture.close();
      }
    }
  } finally {
    await samples.return().catch(() => {});
  }
}

/** The times of all frames, in the order in which they are shown. */
async function timesOf(track) {
  const times = [];
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true }))
    times.push(packet.timestamp);
  // What lies before the beginning is needed for decoding only.
  return times.filter((time) => time >= 0).sort((a, b) => a - b);
}

/** Moves a video to a time, where the frame of `timeS` is to be seen. Rejects if another one is. */
async function moved(video, time, timeS, signal) {
  const events = new Promise((resolve, reject) => {
    video.addEventListener('seeked', resolve, { once: true, signal });
    video.addEventListener('error', () => reject(unknown()), { once: true, signal });
  });
  const shown = new Promise((resolve) => video.requestVideoFrameCallback?.((_, { mediaTime }) => resolve(mediaTime)));
  video.currentTime = time;
  await within(FRAME_MS, events, SILENT);
  if (!video.requestVideoFrameCallback) return;
  const words = `This browser does not show the frame at ${timeS.toFixed(3)} s of this video. Try another browser.`;
  const mediaTime = await within(SHOWN_MS, shown, words);
  if (Math.abs(mediaTime - timeS) > EXACT_S) throw new QueryPoseError('video', words);
}

async function* sought(file, track) {
  const times = await timesOf(track);
  const url = URL.createObjectURL(file);
  const video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto', src: url });
  const end = new AbortController();
  try {
    await firstFrame(video, end.signal);
    for (const [i, timeS] of times.entries()) {
      const until = times[i + 1] ?? Math.max(video.duration, timeS);
      await moved(video, (timeS + until) / 2, timeS, end.signal);
      yield { timeS, picture: video };
    }
  } finally {
    end.abort();
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}
