/** What is seen, with its sound, as a video: every frame is drawn for its moment, however long that takes. */

import {
  AudioBufferSource,
  BufferTarget,
  CanvasSource,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
  canEncodeAudio,
  getFirstEncodableVideoCodec,
} from "mediabunny";
import { rates } from "../generated/constants.js";

const VIDEO_RATE = 6_000_000; // bits/s
const SOUND_RATE = 160_000;
const KEY_SECONDS = 2; // between frames that stand by themselves
const YIELD_FRAMES = 8; // after so many the page may answer

/**
 * @typedef {{
 *   canvas: HTMLCanvasElement,
 *   ground: string,
 *   sound: AudioBuffer,
 *   draw: (seconds: number) => void,
 *   told: (share: number) => void,
 *   signal: AbortSignal,
 * }} Scene  what is filmed: the canvas and the colour behind it, the sound, what draws a moment, who is told how far it is
 */

/**
 * The video; null where this browser encodes none, or where it was called off.
 * @param {Scene} scene
 * @returns {Promise<{blob: Blob, ending: string} | null>}
 */
export async function filmed({ canvas, ground, sound, draw, told, signal }) {
  const film = document.createElement("canvas");
  film.width = 2 * Math.floor(canvas.width / 2); // encoders want even numbers
  film.height = 2 * Math.floor(canvas.height / 2);
  const pen = film.getContext("2d", { alpha: false });
  const codecs = await encodable(film, sound);
  if (!pen || !codecs) return null;
  const { video, audio, webm } = codecs;
  const target = new BufferTarget();
  const output = new Output({ format: webm ? new WebMOutputFormat() : new Mp4OutputFormat(), target });
  const pictures = new CanvasSource(film, {
    codec: video,
    bitrate: VIDEO_RATE,
    keyFrameInterval: KEY_SECONDS,
  });
  const tones = new AudioBufferSource({ codec: audio, bitrate: SOUND_RATE });
  output.addVideoTrack(pictures, { frameRate: rates.VIDEO_FPS });
  output.addAudioTrack(tones);
  await output.start();
  const heard = tones.add(sound).then(() => tones.close());
  const count = Math.max(1, Math.round(sound.duration * rates.VIDEO_FPS));
  for (let frame = 0; frame < count; frame++) {
    if (signal.aborted) {
      await output.cancel();
      return null;
    }
    draw(frame / rates.VIDEO_FPS);
    pen.fillStyle = ground;
    pen.fillRect(0, 0, film.width, film.height);
    pen.drawImage(canvas, 0, 0);
    await pictures.add(frame / rates.VIDEO_FPS, 1 / rates.VIDEO_FPS);
    if (frame % YIELD_FRAMES === 0) {
      told(frame / count);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  pictures.close();
  await heard;
  await output.finalize();
  const kind = webm ? "webm" : "mp4";
  return {
    blob: new Blob([/** @type {ArrayBuffer} */ (target.buffer)], { type: `video/${kind}` }),
    ending: kind,
  };
}

/**
 * Kinds of file that players everywhere open, the best first: an MP4 with Opus in it plays without its sound on many.
 * @type {{webm: boolean, videos: import("mediabunny").VideoCodec[], audio: import("mediabunny").AudioCodec}[]}
 */
const KINDS = [
  { webm: false, videos: ["avc"], audio: "aac" },
  { webm: true, videos: ["vp9", "vp8"], audio: "opus" },
];

/**
 * Codecs that this browser encodes, for one kind of file; null where it encodes none.
 * @param {HTMLCanvasElement} film
 * @param {AudioBuffer} sound
 */
async function encodable({ width, height }, { numberOfChannels, sampleRate }) {
  if (!globalThis.VideoEncoder || !globalThis.AudioEncoder) return null;
  const looks = { width, height, bitrate: VIDEO_RATE };
  const sounds = { numberOfChannels, sampleRate, bitrate: SOUND_RATE };
  for (const { webm, videos, audio } of KINDS) {
    const video = await getFirstEncodableVideoCodec(videos, looks);
    if (video && (await canEncodeAudio(audio, sounds))) return { video, audio, webm };
  }
  return null;
}
