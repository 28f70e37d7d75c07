import type { Detection, Pose, QueryPose } from './querypose.js';

/**
 * `<query-pose>`: a picture, a video or the camera with people's skeletons over it.
 *
 * Attributes: `src` (address of a picture or video; of another site only where that allows it), `camera` (present: the
 * camera; its value may be a device's id), `model` (address of a model folder or file, `models/nano/` beside the page by
 * default), `backend` (`auto`, `gpu`, `cpu`), `size`, `threshold`, `max-people` (see `DetectOptions`), `show` (words of
 * `skeleton joints boxes`), `alt` (of the picture), `loop` (of a video).
 *
 * What stands in the element is shown until there is a picture, and where there is none. Parts: `media`, `overlay`,
 * `message`. Properties of style: `--query-pose-opacity` of the skeletons, `--query-pose-font` and `--query-pose-error`
 * (colour) of the message.
 *
 * Elements with the same model and backend share one network.
 */
export class QueryPoseElement extends HTMLElement {
  /** The people shown now, in pixels of the picture or video. */
  readonly poses: Pose[];
  /** The network, once it is there. */
  readonly net: QueryPose | null;

  addEventListener<K extends keyof QueryPoseElementEvents>(
    type: K,
    listener: (this: QueryPoseElement, event: QueryPoseElementEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: QueryPoseElement, event: HTMLElementEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** They bubble, out of shadow trees too. */
export interface QueryPoseElementEvents {
  /** The network is there; it may go over to WebGPU later, see `net` and its event `backend`. */
  ready: CustomEvent<{ backend: 'webgpu' | 'cpu'; reason: string }>;
  /** A picture, or another frame, was looked at. */
  poses: CustomEvent<Detection>;
  /** It could not be shown, in a sentence for people; `code` is that of `QueryPoseError`. */
  fail: CustomEvent<{ code: string; message: string }>;
}

declare global {
  interface HTMLElementTagNameMap {
    'query-pose': QueryPoseElement;
  }
}
