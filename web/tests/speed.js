/** How fast the page is, and what it keeps. */

import { opened, options } from "./browser.js";

/** @type {Record<string, () => Promise<object>>} */
export const speedTasks = {
  /**
   * How long three minutes take, and a live frame (net, planner and bones) beside a loop that always does the same; the
   * heap in megabytes on the way.
   */
  async speed() {
    return { ...(await measured(playFile)), ...(await measured(playLive)) };
  },

  /** The heap in megabytes after every minute of live playing, swept. */
  async kept() {
    const { heap } = await measured(playLive);
    return { heap };
  },
};

/** @typedef {{instrument: string, minutes: number}} How */

/**
 * What a function sees that runs in a page of its own.
 * @template Seen
 * @param {(how: How) => Promise<Seen>} inPage
 * @returns {Promise<Seen>}
 */
async function measured(inPage) {
  const { browser, page } = await opened({
    flags: ["--js-flags=--expose-gc", "--enable-precise-memory-info"],
    query: `?instrument=${options.instrument}`,
  });
  await page.evaluate(readied);
  const seen = await page.evaluate(inPage, {
    instrument: options.instrument,
    minutes: options.minutes ?? 3,
  });
  await browser.close();
  return seen;
}

/** In the page: everything that plays, under `parts`. */
async function readied() {
  const modules = [
    "hearing/nets.js",
    "musician/performance.js",
    "violin/player.js",
    "piano/player.js",
    "figure/follower.js",
    "musician/packing.js",
    "sound/decoding.js",
  ].map((name) => import(new URL(name, location.href).href));
  const parts = Object.assign({}, ...(await Promise.all(modules)));
  /** @type {any} */ (globalThis).parts = {
    ...parts,
    /** Three minutes of the example. */
    async music(/** @type {string} */ instrument) {
      const answer = await fetch(`sounds/${instrument}.mp3`);
      const [example] = (await parts.decode(await answer.arrayBuffer(), instrument)).channels;
      return new Float32Array(180 * 44100).map((_, i) => example[i % example.length]);
    },
    async performance(
      /** @type {string} */ instrument,
      /** @type {string} */ latency,
      /** @type {number | null} */ seconds,
    ) {
      const player =
        instrument === "violin"
          ? new parts.Violinist(latency)
          : new parts.Pianist(latency, await parts.PlacesNet.open());
      return new parts.Performance(await parts.listenerFor(instrument, "normal"), player, seconds);
    },
  };
}

/**
 * In the page: seconds that a recording takes.
 * @param {How} how
 */
async function playFile({ instrument }) {
  const { parts } = /** @type {any} */ (globalThis);
  const samples = await parts.music(instrument);
  const follower = new parts.Follower(instrument);
  const file = await parts.performance(instrument, "file", 5);
  const began = performance.now();
  const pose = (/** @type {any[]} */ frames) => frames.forEach((frame) => follower.pose(frame));
  for (let i = 0; i < samples.length; i += 220500) pose(await file.push(samples.subarray(i, i + 220500)));
  pose(await file.finish());
  return { seconds: (performance.now() - began) / 1000 };
}

/**
 * In the page: milliseconds of a live frame; the heap after every minute of playing.
 * @param {How} how
 */
async function playLive({ instrument, minutes }) {
  const { parts } = /** @type {any} */ (globalThis);
  const samples = await parts.music(instrument);
  const follower = new parts.Follower(instrument);
  const live = await parts.performance(instrument, "usual", null);
  const row = new Float32Array(parts.SIZE);
  /** @type {number[]} */
  const times = [];
  /** @type {number[]} of a loop that always does the same: how even the machine's own time is */
  const even = [];
  /** @type {number[]} */
  const heap = [];
  const table = Float64Array.from({ length: 4096 }, (_, i) => i / 4096);
  const same = () => {
    let sum = 0;
    for (let round = 0; round < 100; round++) for (let i = 0; i < 4096; i++) sum += table[i] * sum + table[i];
    return sum;
  };
  for (let frame = 0; frame < 1440 * minutes; frame++) {
    const place = (Math.round(frame * 1837.5) % (samples.length - 1838)) | 0;
    const piece = samples.slice(place, place + 1837 + (frame % 2));
    const from = performance.now();
    for (const one of await live.push(piece))
      parts.pack(one, follower.pose(one), follower.rig.names, row, null);
    times.push(performance.now() - from);
    const then = performance.now();
    table[0] = same() > 0 ? 0 : 1; // used, so that it is not left out
    even.push(performance.now() - then);
    if (frame % 1440 !== 1439) continue;
    for (let sweep = 0; sweep < 3; sweep++) {
      /** @type {any} */ (globalThis).gc();
      await new Promise((resolve) => setTimeout(resolve, 50)); // what ends with a promise goes in the next sweep
    }
    heap.push(/** @type {any} */ (performance).memory.usedJSHeapSize / 1e6);
  }
  /** @param {number[]} all */
  const shares = (all) => {
    const sorted = all.slice(48).sort((a, b) => a - b);
    return { p50: sorted[sorted.length >> 1], p99: sorted[Math.floor(0.99 * sorted.length)] };
  };
  return { ...shares(times), even: shares(even), heap };
}
