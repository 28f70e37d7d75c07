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
 * Opens a file: `{ seconds, lastS, frames(), at(timeS, until), close() }`: how long it is, when its last frame begins. `frames()` gives `{ timeS, picture }` of one frame
 * after the other; a picture can be looked at until the next is asked for. `at` resolves with one of these frames once
 * more, an ImageBitmap; it ends at `until` or later. Rejects with a sentence for what cannot be taken apart.
 */
export async function openFilm(file) {
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, MATROSKA, WEBM] });
  let track;
  let seconds;
  let lastS;
  try {
    track = await input.getPrimaryVideoTrack();
    seconds = await track?.computeDuration();
    lastS = (await new EncodedPacketSink(track).getPacket(Infinity, { metadataOnly: true }))?.timestamp ?? seconds;
  } catch {
    throw unknown();
  }
  if (!track || !(seconds > 0)) throw unknown();
  const decodes = await track.canDecode().catch(() => false);
  let seeker = null;
  const soughtAt = async (timeS, until) => {
    seeker ??= new Seeker(file);
    const video = await seeker.to(timeS, until);
    // Drawn, it is as it is to be seen; some browsers leave a bitmap of the video lying on its side.
    const canvas = Object.assign(document.createElement('canvas'), {
      width: video.videoWidth,
      height: video.videoHeight,
    });
    canvas.getContext('2d').drawImage(video, 0, 0);
    return createImageBitmap(canvas);
  };
  return {
    seconds,
    lastS,
    frames: () => (decodes ? decoded(track) : sought(file, track)),
    at: (timeS, until = timeS + EXACT_S) => (decodes ? decodedAt(track, timeS, until) : soughtAt(timeS, until)),
    close() {
      input.dispose();
      seeker?.close();
    },
  };
}

function unknown() {
  return new QueryPoseError('video', 'This video cannot be taken apart into frames. Save it as MP4 or WebM first.');
}

/** What lies before the beginning is needed for decoding only: a video that was trimmed without being encoded anew. */
const isCut = (timeS) => timeS < 0;

async function* decoded(track) {
  const samples = new VideoSampleSink(track).samples();
  let canvas = null;
  try {
    for (;;) {
      const { done, value: sample } = await within(FRAME_MS, samples.next(), SILENT);
      if (done) return;
      const timeS = sample.timestamp;
      if (isCut(timeS)) {
        sample.close();
        continue;
      }
      const picture = pictureOf(sample, canvas);
      if (picture instanceof OffscreenCanvas) canvas = picture;
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

/** A sample as it is to be seen, upright and with square pixels: as a VideoFrame, or drawn, on `canvas` if there is one. */
function pictureOf(sample, canvas) {
  const { rotation, flip, pixelAspectRatio, displayWidth: width, displayHeight: height } = sample;
  try {
    if (!rotation && !flip && pixelAspectRatio.num === pixelAspectRatio.den) return sample.toVideoFrame();
    const drawn = canvas ?? new OffscreenCanvas(width, height);
    sample.draw(drawn.getContext('2d'), 0, 0, width, height);
    return drawn;
  } finally {
    sample.close();
  }
}

async function decodedAt(track, timeS, until) {
  // Asked for by its middle: times are rounded here and there.
  const sample = await within(FRAME_MS, new VideoSampleSink(track).getSample((timeS + until) / 2), SILENT);
  if (!sample || Math.abs(sample.timestamp - timeS) > EXACT_S) {
    sample?.close();
    throw new QueryPoseError('video', SILENT);
  }
  const picture = pictureOf(sample, null);
  return createImageBitmap(picture).finally(() => picture.close?.());
}

/** The times of all frames, in the order in which they are shown. */
async function timesOf(track) {
  const times = [];
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true }))
    times.push(packet.timestamp);
  return times.filter((time) => !isCut(time)).sort((a, b) => a - b);
}

/**
 * Moves a video to the middle of a frame, which ends at `until` or later. Nobody else hears of it unless `signal` ends it:
 * whoever looks at a video that was moved need not look at this one.
 */
export async function move(video, timeS, until = timeS + EXACT_S, signal) {
  const end = new AbortController();
  const moved = new Promise((resolve, reject) => {
    const arrived = (event) => {
      if (event.target !== video) return;
      event.stopPropagation();
      // Else it came of an earlier wish.
      if (!video.seeking) resolve();
    };
    // Before the video itself hears of it.
    (video.isConnected ? window : video).addEventListener('seeked', arrived, { capture: true, signal: end.signal });
    video.addEventListener('error', () => reject(unknown()), { signal: end.signal });
    signal.addEventListener('abort', () => reject(signal.reason), { signal: end.signal });
  });
  video.currentTime = (timeS + until) / 2;
  try {
    await within(FRAME_MS, moved, SILENT);
  } finally {
    end.abort();
  }
}

/** A file in a video of its own, which is moved from frame to frame. */
class Seeker {
  #end = new AbortController();
  #url;
  #video;
  #isReady = null;

  constructor(file) {
    this.#url = URL.createObjectURL(file);
    this.#video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto', src: this.#url });
  }

  /** Resolves with the video when it shows the frame at `timeS`. Rejects if another one is to be seen. */
  async to(timeS, until) {
    const [video, { signal }] = [this.#video, this.#end];
    this.#isReady ??= firstFrame(video, signal);
    await this.#isReady;
    const shown = new Promise((resolve) => {
      const check = (_, { mediaTime }) => {
        if (Math.abs(mediaTime - timeS) <= EXACT_S) resolve();
        // The one from before may be late.
        else if (!signal.aborted) video.requestVideoFrameCallback(check);
      };
      video.requestVideoFrameCallback?.(check);
    });
    await move(video, timeS, until ?? Math.max(video.duration, timeS), signal);
    if (!video.requestVideoFrameCallback) return video;
    const words = `This browser does not show the frame at ${timeS.toFixed(3)} s of this video. Try another browser.`;
    await within(SHOWN_MS, shown, words);
    return video;
  }

  close() {
    this.#end.abort();
    this.#video.removeAttribute('src');
    this.#video.load();
    URL.revokeObjectURL(this.#url);
  }
}

async function* sought(file, track) {
  const times = await timesOf(track);
  const seeker = new Seeker(file);
  try {
    for (const [i, timeS] of times.entries()) yield { timeS, picture: await seeker.to(timeS, times[i + 1]) };
  } finally {
    seeker.close();
  }
}
