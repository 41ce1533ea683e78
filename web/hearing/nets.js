/** The nets that ship with the page, opened in onnxruntime's WebAssembly, one thread. */

import { hearers, initialStates } from "../generated/constants.js";
import { Listener } from "./listener.js";
import { SamplesNet } from "./samples_net.js";

/** @typedef {"violin" | "piano"} Instrument */

/** @type {Promise<typeof import("onnxruntime-web")> | null} */
let runtime = null;

/** @returns {Promise<typeof import("onnxruntime-web")>} */
export function loadRuntime() {
  // by its address: workers know no import maps
  const folder = new URL("../packages/onnxruntime-web/", import.meta.url).href;
  runtime ??= import(`${folder}ort.wasm.min.mjs`).then((ort) => {
    ort.env.wasm.numThreads = 1; // threads need headers that static hosts do not set
    ort.env.wasm.wasmPaths = folder;
    return ort;
  });
  return runtime;
}

/** @param {string} name */
async function open(name) {
  const ort = await loadRuntime();
  const url = new URL(`../nets/${name}.onnx`, import.meta.url).href;
  return ort.InferenceSession.create(url, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
}

/**
 * Who hears the notes of an instrument.
 * @param {Instrument} instrument
 * @param {"normal" | "low"} head
 */
export async function listenerFor(instrument, head) {
  const [ort, session] = await Promise.all([loadRuntime(), open(`${instrument}_notes`)]);
  const net = new SamplesNet(ort, session, initialStates[`${instrument}_notes`]);
  return new Listener(net, hearers[instrument], head);
}

/**
 * The paper's net of an instrument: samples in, keypoints of the picture out.
 * @param {Instrument} instrument
 */
export async function paperNet(instrument) {
  const [ort, session] = await Promise.all([loadRuntime(), open(instrument)]);
  return new SamplesNet(ort, session, initialStates[instrument]);
}

/** The net that learnt from people where pianists' hands are; its state is kept here. */
export class PlacesNet {
  /**
   * @param {typeof import("onnxruntime-web")} ort
   * @param {import("onnxruntime-web").InferenceSession} session
   * @param {Record<string, number[]>} states  shapes
   */
  constructor(ort, session, states) {
    this.ort = ort;
    this.session = session;
    /** @type {Record<string, import("onnxruntime-web").Tensor>} */
    this.state = {};
    for (const [name, shape] of Object.entries(states))
      this.state[name] = new ort.Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  }

  static async open() {
    const [ort, session] = await Promise.all([loadRuntime(), open("piano_places")]);
    return new PlacesNet(ort, session, initialStates.piano_places.zeros);
  }

  /**
   * @param {Float32Array} features
   * @param {number} steps
   * @returns {Promise<Float32Array>}
   */
  async run(features, steps) {
    const told = new this.ort.Tensor("float32", features, [steps, 1, features.length / steps]);
    const got = await this.session.run({ ...this.state, features: told });
    for (const name of Object.keys(this.state)) this.state[name] = /** @type {any} */ (got[`${name}_out`]);
    return /** @type {Float32Array} */ (got.targets.data);
  }
}
