// The webcam: start, stop, choose, and a sentence for each way it can fail.
import { QueryPoseError } from './error.js';

const SENTENCES = {
  NotAllowedError:
    'The browser was not allowed to use the camera. Allow it in the address bar or in the system settings, then try again.',
  NotFoundError: 'No camera was found. Connect one, then try again; pictures and videos work without.',
  NotReadableError: 'The camera is busy in another program. Close that program, then try again.',
  OverconstrainedError: 'This camera is gone. Choose another one, or try again.',
};

/** Starts a camera and resolves with its stream; `deviceId` may be empty for the usual one. */
export async function openCamera(deviceId) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new QueryPoseError('camera', 'This page may use the camera only over https or on localhost. Open it there.');
  }
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' };
  // One of its own sizes: a browser that makes this one cuts the sides off and has work with every frame.
  const size = { width: { ideal: 960 }, height: { ideal: 720 }, resizeMode: 'none' };
  const video = { ...which, ...size, frameRate: { ideal: 30 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    const words = SENTENCES[error.name] ?? `The camera could not be started (${error.name}). Try again.`;
    throw new QueryPoseError('camera', words);
  }
}

/** Cameras of this device; they have names only after one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices
    .filter((d) => d.kind === 'videoinput' && d.deviceId)
    .map((d, i) => ({ id: d.deviceId, name: d.label || `Camera ${i + 1}` }));
}

/** Facts of a running stream: which camera, and whether it looks at the person in front of the screen. */
export function cameraFacts(stream) {
  const settings = stream.getVideoTracks()[0]?.getSettings() ?? {};
  return { id: settings.deviceId ?? '', facesUser: settings.facingMode !== 'environment' };
}
