/** What is seen, with its sound, recorded while it plays once: for browsers that do not encode frame by frame. */

const KINDS = [
  "video/mp4;codecs=avc1.42E01F,mp4a.40.2",
  "video/webm;codecs=vp9,opus",
  "video/webm;codecs=vp8,opus",
  "video/webm",
];

/** The first kind of video that this browser records; null where it records none. */
export const videoKind = () => KINDS.find((kind) => globalThis.MediaRecorder?.isTypeSupported(kind)) ?? null;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {MediaStreamTrack} sound
 * @param {() => Promise<void>} playOnce  resolves when the sound has ended
 * @returns {Promise<{blob: Blob, ending: string}>}
 */
export async function recorded(canvas, sound, playOnce) {
  const kind = /** @type {string} */ (videoKind());
  const stream = new MediaStream([...canvas.captureStream(30).getVideoTracks(), sound]);
  const recorder = new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: 6_000_000 });
  /** @type {Blob[]} */
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start(1000);
  await playOnce();
  recorder.stop();
  await stopped;
  return {
    blob: new Blob(parts, { type: kind.split(";")[0] }),
    ending: kind.startsWith("video/mp4") ? "mp4" : "webm",
  };
}
