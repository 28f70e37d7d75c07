/** Where the network runs. */
export type Backend = 'webgpu' | 'cpu';

/**
 * What can be looked at, wherever it was made (another frame, another thread). It is taken as it is at the call, and
 * may be drawn on, closed or given another `src` right after. An `<img>` or video that has yet to arrive is waited for,
 * 30 seconds at most. Files (Blobs) are turned upright by their EXIF orientation, but for WebP where the
 * browser shows it as it lies (Chromium). At most 128 million pixels, which take 512 MB for a moment; JPEGs (files, and `<img>`s of one) of more than 50 million take less, and may have more, where the
 * browser can decode them smaller. Anything else is a `TypeError`.
 */
export type Source =
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | ImageData
  | VideoFrame
  | Blob;

/** A joint, in pixels of the source. */
export interface Keypoint {
  x: number;
  y: number;
  /** 0 to 1. */
  score: number;
  /** Spread the network expects in x and y, as parts of the person's box; small is sure. */
  sigma: [number, number];
  /** COCO's name, such as `left_elbow`: the person's left. */
  name: string;
}

export interface Box {
  xMin: number;
  yMin: number;
  xMax: number;
  yMax: number;
  width: number;
  height: number;
}

/** A person, in the shape that TensorFlow.js uses. */
export interface Pose {
  /** Who this is, counted from 1, in a stream: from somebody's second frame on, where somebody else is known after 0.4 s. */
  id?: number;
  /** 0 to 1. */
  score: number;
  keypoints: Keypoint[];
  box: Box;
}

/** Milliseconds. */
export interface Speed {
  preprocess: number;
  inference: number;
  postprocess: number;
}

export interface Detection {
  /** The surest first. */
  poses: Pose[];
  /** Size of the source in pixels, as it was at the call: a camera that is turned changes its own. */
  width: number;
  height: number;
  speed: Speed;
  /** Shortest edges in pixels that were asked for, smaller in panoramas, whose longest edge is bounded; the poses are of the last. */
  sizes: number[];
  backend: Backend;
}

/** What is happening while a network loads. */
export interface Progress {
  stage: 'weights' | 'read' | 'engine' | 'check';
  /** Bytes of the model fetched or read so far, and in all; 0 in all if nobody knows. */
  loaded: number;
  total: number;
  /** True if the bytes came from an earlier visit. */
  cached: boolean;
}

export interface LoadOptions {
  /**
   * `auto` answers from the processor at once, and goes over to WebGPU when that is ready, if it gives the
   * known answers and is faster; either way the event `backend` says so. Default: `auto`.
   */
  backend?: 'auto' | 'gpu' | 'cpu' | null | undefined;
  onProgress?: ((progress: Progress) => void) | null | undefined;
  /** Ends the loading; it rejects with the signal's reason. */
  signal?: AbortSignal | null | undefined;
  /**
   * Address of a model folder with known answers (one that a build of the page made), to check a graphics adapter with
   * before a model of somebody's own runs on it. Default: `models/nano/`. Models with answers of their own need none.
   */
  reference?: string | URL | null | undefined;
  /**
   * Address of `worker.js`, for bundlers that know no workers. Default: where this module's files lie, on whatever site,
   * or where the bundler put it.
   */
  worker?: string | URL | null | undefined;
}

/**
 * Of every option, `undefined` and `null` mean the default. A wrong type is a `TypeError`, a wrong value a
 * `RangeError`.
 */
export interface DetectOptions {
  /** People less sure than this are left out, 0 to 1. Default: the model's own. */
  threshold?: number | null | undefined;
  /** At most so many people, 1 to 1000. Default 20. */
  maxPeople?: number | null | undefined;
  /**
   * Shortest edge in pixels that the picture is brought to, 32 to 2048. 0 is the model's choice: where it has an
   * `adaptiveScale`, a picture is looked at twice, the second time at the size that suits its people, and a stream's frames
   * once, at the size that suits who was seen before. Default: the network's `size`.
   */
  size?: number | null | undefined;
  /** Ends the waiting; the call rejects with the signal's reason. */
  signal?: AbortSignal | null | undefined;
}

/** What a stream looks at its frames with; `undefined` and `null` mean the default. */
export interface StreamOptions extends Omit<DetectOptions, 'signal'> {
  /**
   * How calm joints are: from 0, exactly where the network sees them, to 1, as calm as it gets, following late. Default
   * 0.5.
   */
  steadiness?: number | null | undefined;
  /**
   * The largest shortest edge in pixels that is chosen where `size` is 0, 32 to 2048: what is quick enough to keep the rate.
   * 0 is as large as it suits people. Default 0.
   */
  maxSize?: number | null | undefined;
  /** People less sure than this are not followed, 0 to 1; who is known already may be less sure. Default: the model's own. */
  threshold?: number | null | undefined;
}

/**
 * The people of a camera or video: the same person has the same `id` from frame to frame, joints are calm, whoever is
 * out of sight for a moment fades and is known again. Made by `QueryPose.stream`.
 */
export interface Stream {
  /**
   * Finds the people in a frame that was taken at `timeMs`, in milliseconds from whatever beginning: a video's time, a
   * camera's clock. A time that goes back by more than 0.1 s, or two seconds on, is a cut: everybody is new; so is a frame
   * of other proportions. Frames are looked at in the
   * order of the calls; of frames of one video that wait, the newest only, as in `QueryPose.detect`.
   *
   * With `picture` their frame comes along, as it was looked at: for a `bitmaprenderer` or `drawImage`, so that
   * skeletons are never drawn over a later frame. It is the caller's to close; of calls that share an
   * answer only one has it.
   */
  detect(
    frame: Source,
    timeMs: number,
    options?: { picture?: boolean | null | undefined } | null,
  ): Promise<Detection & { picture?: ImageBitmap }>;
  /** Sets some options anew, from the next frame on; who is known stays so. */
  change(options: StreamOptions): void;
  /** Forgets everybody: another video, a cut. Ids go on, none is given twice. */
  reset(): void;
  /** Frees what the worker keeps. Calls under way, and later ones, reject with the code `disposed`. */
  close(): void;
}

/**
 * How a picture comes to a size that suits its people. Edges are shortest edges in pixels; people are measured by the root
 * of their box's area, in pixels of what the network sees.
 */
export interface AdaptiveScale {
  /** The edge of a first look, which shows how large people are … */
  firstEdge: number;
  /** … and of the second, where it showed nobody. */
  nobodyEdge: number;
  /** The least and the largest edge to choose. */
  edges: [number, number];
  /** The second look leaves nobody larger than the second number, unless somebody would be smaller than the first. */
  people: [number, number];
  /** Score from which on people count for the size. */
  score: number;
}

/** Facts of a model. */
export interface ModelFacts {
  name: string;
  bytes: number;
  keypoints: string[];
  threshold: number;
  /** Such as `light QueryPose, ResNet-50`. */
  network: string;
  /** Learned numbers. */
  parameters: number;
  /** The model's own shortest edge in pixels, that of frames unless told otherwise. */
  size: number;
  /** How pictures come to a size that suits their people, where that is known. */
  adaptiveScale: AdaptiveScale | null;
  /** True if the configuration was read off the tensors. */
  inferred: boolean;
  /** Tensors of the file that are not part of the network. */
  unused: number;
  /** AP in percent that the official weights of this network are published to reach, and on which pictures. */
  published: [number, string] | null;
  /** True for a model folder made by a build of the page: its files have checksums, its answers are known. */
  shipped: boolean;
  /** Where it was fetched; empty for files and kept models. */
  url: string;
  /** Where its file is after this visit: kept on the device, or gone. Changes once, with the event `kept`. */
  kept: 'device' | 'memory';
}

/** What a picture costs at a size. */
export interface Cost {
  /** Shortest edge. */
  size: number;
  /** Width and height of what the network sees. */
  pixels: [number, number];
  /** Giga multiply-accumulates. */
  gmac: number;
  /** Bytes between the steps of the network. */
  bytes: number;
}

/**
 * A model folder or file: its address, its file or files, or its name if an earlier visit kept it. A relative address
 * begins at the page's own (in a worker, at the worker's). What stands behind its `?` goes along to each file.
 */
export type ModelSource = string | URL | Blob | readonly File[] | FileList | { kept: string };

/** Parts of the network that do not do their work, to see what would come out without them. */
export interface Intervention {
  /** Answer after so many stages, from 1 to as many as the network has. */
  stopAfter?: number | null | undefined;
  /** SIM's gates: as learned, only the new look, only the memory, or both added as they are. */
  gates?: 'learned' | 'new' | 'old' | 'sum' | null | undefined;
  /** Where the parts look: at the places they learned, or everywhere alike. */
  attention?: 'learned' | 'uniform' | null | undefined;
}

export interface TraceOptions extends DetectOptions {
  /** Decode all proposals instead of those who can reach the threshold. */
  all?: boolean | null | undefined;
  /** Keep boxes, attention, gates, … of every stage, not the results only. Default true. */
  taps?: boolean | null | undefined;
  /** Measure every block. */
  timed?: boolean | null | undefined;
  intervention?: Intervention | null | undefined;
}

export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** What the network computed for a picture. */
export interface Trace {
  facts: {
    /** Width and height of the picture as it was read. */
    picture: [number, number];
    /** Shortest edges at which it was looked at; all here is of the last. */
    sizes: number[];
    /** The same as the network saw it; boxes are in these pixels. */
    resized: [number, number];
    threshold: number;
    proposals: number;
    stages: number;
    parts: string[][];
    keypoints: string[];
    /** Instances decoded, in the order of `ids`. */
    count: number;
    /** In pixels of the picture as it was read. */
    poses: Pose[];
    /** Milliseconds from the pixels to the results. */
    ms: number;
    /** Multiply-accumulates, also if all were decoded, and milliseconds if they were asked for. */
    blocks: { name: string; macs: number; macsAll: number; ms: number | null }[];
  };
  /**
   * Results and taps by name, such as `s0.box.boxes`; instances come first in every shape. What they mean on the photo,
   * in its pixels: `people.boxes`, `people.scores` (person, class), `people.joints` (x, y, score); of every query
   * `start.boxes`, and after stage k `sk.boxes` and `sk.scores`; of every decoded person `sk.joints`.
   */
  tensors: Record<string, Tensor>;
  backend: Backend;
}

/** What `load` found out; also the detail of the `backend` event. */
export interface BackendFacts {
  backend: Backend;
  /** Why, in a sentence. */
  reason: string;
  /** Name of the graphics adapter, where there is one. */
  adapter: string;
}

/** The events of a network. */
export interface QueryPoseEvents {
  /** WebGPU is ready and took over or did not, or the processor took over from a graphics device that failed. */
  backend: CustomEvent<BackendFacts>;
  /** The file of an own model was kept for the next visit, or could not be. */
  kept: CustomEvent<'device' | 'memory'>;
}

export class QueryPose extends EventTarget {
  private constructor();
  /** Opens a model and chooses where to run it. Rejects with a sentence if that cannot be done. */
  static load(model: ModelSource, options?: LoadOptions | null): Promise<QueryPose>;
  readonly backend: Backend;
  readonly reason: string;
  readonly adapter: string;
  readonly model: ModelFacts;
  /** Shortest edge in pixels that pictures are brought to, 32 to 2048; 0 is the model's choice, see `DetectOptions`. */
  size: number;
  /**
   * Finds the people in a picture. Calls wait for one another. Of calls for the same video with the same options, only
   * the newest frame is looked at; the calls it stands in for resolve with its answer too (the same object). So
   * `setInterval(() => net.detect(video).then(draw), 30)` needs nothing else, also before the video has a picture.
   *
   * Every call settles: with people, or with an error when its picture cannot be had (30 seconds at most; calls for a video
   * without a picture wait together, from the first of them on), when it is aborted, or when the network is disposed of.
   */
  detect(source: Source, options?: DetectOptions | null): Promise<Detection>;
  /**
   * Follows the people of a camera or video. What is known of them survives a change of the backend, and ends with this
   * network.
   */
  stream(options?: StreamOptions | null): Stream;
  /** Looks at a picture, and gives what the network computed on the way. Video frames wait as those of `detect` do. */
  trace(source: Source, options?: TraceOptions | null): Promise<Trace>;
  /** What a picture costs at these sizes, and the bytes held now: wasm's memory at its largest, and the engine's. */
  costs(
    width: number,
    height: number,
    people: number,
    sizes: number[],
  ): Promise<{ costs: Cost[]; memory: { wasm: number; engine: number } }>;
  /** Frees everything. Calls under way, and later ones, reject with the code `disposed`. */
  dispose(): void;
  addEventListener<K extends keyof QueryPoseEvents>(
    type: K,
    listener: (this: QueryPose, event: QueryPoseEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof QueryPoseEvents>(
    type: K,
    listener: (this: QueryPose, event: QueryPoseEvents[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** Reads a stored trace: a safetensors file, its large tensors in bytes. */
export function readTrace(file: ArrayBuffer): Omit<Trace, 'backend'>;

/** What an error is about. */
export type ErrorCode =
  /** Something the network cannot do, such as stopping after a stage that it does not have. */
  | 'argument'
  /** The picture: `heic` and `too-large` are special cases, `cross-origin` is another site's, `video` a broken one. */
  | 'picture'
  | 'heic'
  | 'too-large'
  | 'cross-origin'
  | 'video'
  /** The camera: not there, not allowed, or taken by another program. */
  | 'camera'
  /** The model or its files: not a model, not to be had, damaged on the way, on another site, a web page instead. */
  | 'model'
  | 'config'
  | 'weights'
  | 'checksum'
  | 'origin'
  | 'web-page'
  /**
   * Where it runs: WebGPU cannot be used, wrong answers, the device's limits, memory, loss, driver; the engine itself.
   */
  | 'webgpu'
  | 'check'
  | 'limits'
  | 'memory'
  | 'lost'
  | 'driver'
  | 'engine'
  | 'worker'
  /** Something did not arrive in time. */
  | 'timeout'
  /** `dispose` was called, or a stream's `close`. */
  | 'disposed';

/**
 * Every error of this module that has a sentence for people. Besides it there are `TypeError` and `RangeError` for
 * wrong arguments, and whatever the `reason` of a signal is.
 */
export class QueryPoseError extends Error {
  constructor(code: ErrorCode, message: string);
  name: 'QueryPoseError';
  code: ErrorCode;
}
