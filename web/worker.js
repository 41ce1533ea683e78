/**
 * Hears and plays away from the page's thread: sound in, packed frames out.
 *
 * @typedef {{amplitude: number, smoothness: number}} Manner
 * @typedef {{type: "open", id: number, instrument: "violin" | "piano", samples: Float32Array, gain: number,
 *   manner: Manner}
 *   | {type: "replay", id: number, manner: Manner}
 *   | {type: "paper", id: number}
 *   | {type: "live", id: number, instrument: "violin" | "piano", latency: "usual" | "low", port: MessagePort,
 *   manner: Manner}
 *   | {type: "stop"}} Request
 * @typedef {{type: "frames", id: number, first: number, data: Float32Array, heard?: number}
 *   | {type: "progress", id: number, done: number, total: number}
 *   | {type: "done", id: number, frames: number, notes: number}
 *   | {type: "paper", id: number, points: Float32Array}
 *   | {type: "ready", id: number, latency: number}
 *   | {type: "computed", id: number, milliseconds: number}
 *   | {type: "failed", id: number, reason: string}} Answer
 */

import { Follower } from "./figure/follower.js";
import { layout, paperNets, rates } from "./generated/constants.js";
import { PlacesNet, listenerFor, paperNet } from "./hearing/nets.js";
import { SIZE, pack } from "./musician/packing.js";
import { Performance } from "./musician/performance.js";
import { Pianist } from "./piano/player.js";
import { framesIn } from "./sound/levels.js";
import { Violinist } from "./violin/player.js";

const PIECE = 5 * rates.AUDIO_RATE; // samples heard at once: the first frames come soon, few calls cost little
const BATCH = 24; // frames in one message

/** @type {(answer: Answer, transfer?: Transferable[]) => void} */
const answer = (message, transfer = []) => self.postMessage(message, { transfer });

/** What is open: its sound, and what was heard in it, so that another manner of playing need not listen again. */
let current = /** @type {Extract<Request, {type: "open"}> | null} */ (null);
/** @type {{heard: import("./hearing/picking.js").Heard, samples: number}[]} */
let heardPieces = [];
let latest = 0; // id of the newest request: older work stops

/**
 * @param {"violin" | "piano"} instrument
 * @param {"file" | "usual" | "low"} latency
 * @param {Manner} manner
 */
async function playerFor(instrument, latency, manner) {
  if (instrument === "violin") return new Violinist(latency, manner);
  return new Pianist(latency, await PlacesNet.open(), manner);
}

/** Packs frames one after the other and sends them. */
class Sender {
  /**
   * @param {number} id
   * @param {"violin" | "piano"} instrument
   */
  constructor(id, instrument) {
    this.id = id;
    this.follower = new Follower(instrument);
    this.names = this.follower.rig.names;
    this.sent = 0;
    /** @type {Float32Array | null} */
    this.before = null;
  }

  /** @param {import("./musician/frame.js").Frame[]} frames */
  send(frames) {
    for (let first = 0; first < frames.length; first += BATCH) {
      const part = frames.slice(first, first + BATCH);
      const data = new Float32Array(part.length * SIZE);
      part.forEach((frame, i) => {
        const into = data.subarray(i * SIZE, (i + 1) * SIZE);
        pack(frame, this.follower.pose(frame), this.names, into, this.before);
        this.before = into.slice();
      });
      answer({ type: "frames", id: this.id, first: this.sent, data }, [data.buffer]);
      this.sent += part.length;
    }
  }
}

/** @param {Extract<Request, {type: "open"}>} request */
async function play(request) {
  const { id, instrument, samples, gain, manner } = request;
  current = request;
  heardPieces = [];
  const listener = await listenerFor(instrument, "normal");
  const performance = new Performance(listener, await playerFor(instrument, "file", manner), gain);
  performance.remember = heardPieces;
  const sender = new Sender(id, instrument);
  for (let first = 0; first < samples.length; first += PIECE) {
    if (id !== latest) return;
    sender.send(await performance.push(samples.subarray(first, first + PIECE)));
    answer({ type: "progress", id, done: Math.min(first + PIECE, samples.length), total: samples.length });
    await new Promise((resolve) => setTimeout(resolve)); // let newer requests in
  }
  sender.send(await performance.finish());
  done(id, sender);
}

/** @param {Extract<Request, {type: "replay"}>} request */
async function replay({ id, manner }) {
  if (!current) return;
  const { instrument, samples, gain } = current;
  if (!heardPieces.some(({ heard }) => heard.last)) return play({ ...current, id, manner });
  const player = await playerFor(instrument, "file", manner);
  const performance = new Performance(null, player, gain);
  const sender = new Sender(id, instrument);
  let first = 0;
  for (const piece of heardPieces) {
    if (id !== latest) return;
    const part = samples.subarray(first, first + piece.samples);
    first += piece.samples;
    sender.send(await performance.play(piece.heard, part, framesIn(samples.length)));
    await new Promise((resolve) => setTimeout(resolve));
  }
  done(id, sender);
}

/**
 * @param {number} id
 * @param {Sender} sender
 */
function done(id, sender) {
  const notes = heardPieces.reduce((sum, { heard }) => sum + heard.begun.length, 0);
  answer({ type: "done", id, frames: sender.sent, notes });
}

/** The paper's net on the open sound: keypoints of the picture, [frames, 50, 2]. */
async function paper(/** @type {number} */ id) {
  if (!current) return;
  const { instrument, samples, gain } = current;
  const net = await paperNet(instrument);
  const { upsample, delay } = paperNets[instrument];
  const frames = framesIn(samples.length);
  const size = 2 * layout.points.length;
  const points = new Float32Array(frames * size);
  let step = 0;
  const silence = Math.ceil(((delay + 2) / (upsample * rates.VIDEO_FPS)) * rates.AUDIO_RATE) + 2000;
  for (let first = 0; first < samples.length + silence; first += PIECE) {
    if (id !== latest) return;
    const part = new Float32Array(Math.min(PIECE, samples.length + silence - first));
    part.set(samples.subarray(first, first + part.length));
    const got = await net.run(part, gain);
    for (let i = 0; i < got.length / size; i++, step++) {
      const frame = (step - delay) / upsample;
      if (Number.isInteger(frame) && frame >= 0 && frame < frames)
        points.set(got.subarray(i * size, (i + 1) * size), frame * size);
    }
  }
  answer({ type: "paper", id, points }, [points.buffer]);
}

/** @param {Extract<Request, {type: "live"}>} request */
async function live({ id, instrument, latency, port, manner }) {
  current = null;
  const listener = await listenerFor(instrument, latency === "low" ? "low" : "normal");
  const performance = new Performance(listener, await playerFor(instrument, latency, manner), null);
  const sender = new Sender(id, instrument);
  const size = Math.round(rates.AUDIO_RATE / rates.VIDEO_FPS);
  let waiting = new Float32Array(size);
  let filled = 0;
  /** @type {Float32Array[]} */
  const due = [];
  let busy = false;
  const work = async () => {
    if (busy) return;
    busy = true;
    while (due.length && id === latest) {
      const began = globalThis.performance.now();
      sender.send(await performance.push(/** @type {Float32Array} */ (due.shift())));
      answer({ type: "computed", id, milliseconds: globalThis.performance.now() - began });
    }
    busy = false;
  };
  port.onmessage = ({ data }) => {
    if (id !== latest) return port.close();
    for (let from = 0; from < data.length;) {
      const count = Math.min(size - filled, data.length - from);
      waiting.set(data.subarray(from, from + count), filled);
      filled += count;
      from += count;
      if (filled === size) {
        due.push(waiting);
        waiting = new Float32Array(size);
        filled = 0;
      }
    }
    void work();
  };
  answer({ type: "ready", id, latency: performance.latency });
}

self.onmessage = async ({ data }) => {
  const request = /** @type {Request} */ (data);
  if (request.type === "stop") {
    latest += 1;
    return;
  }
  if (request.type !== "paper") latest = request.id;
  const { id } = request;
  try {
    if (request.type === "open") await play(request);
    else if (request.type === "replay") await replay(request);
    else if (request.type === "paper") await paper(latest);
    else await live(request);
  } catch (error) {
    answer({ type: "failed", id, reason: error instanceof Error ? error.message : String(error) });
  }
};
