/** A net with its front end in the graph: samples in, its answers out, state kept here. */

/** @typedef {typeof import("onnxruntime-web")} Runtime */

/**
 * @typedef {{zeros: Record<string, number[]>, values: Record<string, number[]>}} InitialState
 */

export class SamplesNet {
  /**
   * @param {Runtime} runtime
   * @param {import("onnxruntime-web").InferenceSession} session
   * @param {InitialState} initial
   */
  constructor(runtime, session, initial) {
    this.runtime = runtime;
    this.session = session;
    this.initial = initial;
    const states = new Set([...Object.keys(initial.zeros), ...Object.keys(initial.values)]);
    this.takesGain = session.inputNames.includes("gain");
    this.states = [...states];
    const answers = session.outputNames.filter((name) => !states.has(name.replace(/_out$/, "")));
    this.answer = answers[0];
    this.tellsLevels = answers.includes("levels");
    /** @type {Float32Array | undefined} what the last run told of levels */
    this.levels = undefined;
    /** @type {Record<string, import("onnxruntime-web").Tensor>} */
    this.state = {};
    this.reset();
  }

  /** The state before the first call. */
  reset() {
    const { Tensor } = this.runtime;
    for (const [name, shape] of Object.entries(this.initial.zeros))
      this.state[name] = new Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
    for (const [name, values] of Object.entries(this.initial.values))
      this.state[name] = values.every(Number.isInteger)
        ? new Tensor("int64", BigInt64Array.from(values, BigInt), [values.length])
        : new Tensor("float32", Float32Array.from(values), [values.length]);
  }

  /**
   * The net's answers for the steps that these samples complete.
   * @param {Float32Array} samples  mono, 44.1 kHz
   * @param {number} [gain]  of one of the paper's nets
   * @returns {Promise<Float32Array>}
   */
  async run(samples, gain = 1) {
    const { Tensor } = this.runtime;
    /** @type {Record<string, import("onnxruntime-web").Tensor>} */
    const given = { ...this.state, samples: new Tensor("float32", samples, [samples.length]) };
    if (this.takesGain) given.gain = new Tensor("float32", Float32Array.of(gain), []);
    const got = await this.session.run(given);
    for (const name of this.states) this.state[name] = /** @type {any} */ (got[`${name}_out`]);
    if (this.tellsLevels) this.levels = /** @type {Float32Array} */ (got.levels.data);
    return /** @type {Float32Array} */ (got[this.answer].data);
  }
}
