/** Where the network runs. */
export type Backend = 'webgpu' | 'cpu';

/** What can be looked at. Files (Blobs) are turned upright by their EXIF orientation. */
export type Source =
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | ImageData
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
  speed: Speed;
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
  /** `auto` takes WebGPU where it gives the known answers and is faster, else the processor. */
  backend?: 'auto' | 'gpu' | 'cpu';
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface DetectOptions {
  /** People less sure than this are left out, 0 to 1. Default: the model's own. */
  threshold?: number;
  /** At most so many people. Default 20. */
  maxPeople?: number;
  /** Shortest edge in pixels that the picture is brought to, 32 to 2048; 0 is the model's own. Default: the network's `size`. */
  size?: number;
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
  /** Shortest edge in pixels that pictures are brought to, unless told otherwise. */
  size: number;
  /** True if the configuration was read off the tensors. */
  inferred: boolean;
  /** Tensors of the file that are not part of the network. */
  unused: number;
  /** AP in percent that the official weights of this network are published to reach, and on which pictures. */
  published: [number, string] | null;
  /** True for a model that came with the page. */
  shipped: boolean;
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

/** A model folder or file: its address, its files, or its name if an earlier visit kept it. */
export type ModelSource = string | URL | Blob | File[] | { kept: string };

/** Parts of the network that do not do their work, to see what would come out without them. */
export interface Intervention {
  /** Answer after so many stages. */
  stopAfter?: number;
  /** SIM's gates: as learned, only the new look, only the memory, or both added as they are. */
  gates?: 'learned' | 'new' | 'old' | 'sum';
  /** Where the parts look: at the places they learned, or everywhere alike. */
  attention?: 'learned' | 'uniform';
}

export interface TraceOptions extends DetectOptions {
  /** Decode all proposals instead of those who can reach the threshold. */
  all?: boolean;
  /** Keep boxes, attention, gates, … of every stage, not the results only. Default true. */
  taps?: boolean;
  /** Measure every block. */
  timed?: boolean;
  intervention?: Intervention;
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
  /** Results and taps by name, such as `s0.box.boxes`; instances come first in every shape. */
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

export class QueryPose extends EventTarget {
  static load(model: ModelSource, options?: LoadOptions): Promise<QueryPose>;
  readonly backend: Backend;
  readonly reason: string;
  readonly adapter: string;
  readonly model: ModelFacts;
  /** Shortest edge in pixels that pictures are brought to; 0 is the model's own. */
  size: number;
  detect(source: Source, options?: DetectOptions): Promise<Detection>;
  trace(source: Source, options?: TraceOptions): Promise<Trace>;
  /** What a picture costs at these sizes, and the bytes held now: wasm's memory at its largest, and the engine's. */
  costs(width: number, height: number, people: number, sizes: number[]): Promise<{ costs: Cost[]; memory: { wasm: number; engine: number } }>;
  dispose(): void;
  addEventListener(
    type: 'backend',
    listener: (event: CustomEvent<BackendFacts>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** The file of an own model was kept for the next visit, or could not be. */
  addEventListener(
    type: 'kept',
    listener: (event: CustomEvent<'device' | 'memory'>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Reads a stored trace: a safetensors file, its large tensors in bytes. */
export function readTrace(file: ArrayBuffer): Omit<Trace, 'backend'>;

/** Every error of this module that has a sentence for people. */
export class QueryPoseError extends Error {
  code: string;
}
