/** How fast the page is, and what it keeps. */

import { opened, options } from "./browser.js";

/** @type {Record<string, () => Promise<object>>} */
export const speedTasks = {
  /** How long three minutes take, and a live frame: net, planner and bones; the heap in megabytes on the way. */
  async speed() {
    const { browser, page } = await opened({
      flags: ["--js-flags=--expose-gc", "--enable-precise-memory-info"],
      query: `?instrument=${options.instrument}`,
    });
    /** @param {{instrument: string, minutes: number}} how */
    const measured = async ({ instrument, minutes }) => {
      const from = (/** @type {string} */ name) => import(new URL(name, location.href).href);
      const [nets, { Performance }, { Violinist }, { Pianist }, { Follower }, { pack, SIZE }, { decode }] =
        await Promise.all(
          [
            "hearing/nets.js",
            "musician/performance.js",
            "violin/player.js",
            "piano/player.js",
            "figure/follower.js",
            "musician/packing.js",
            "sound/decoding.js",
          ].map(from),
        );
      const answer = await fetch(`sounds/${instrument}.mp3`);
      const [example] = (await decode(await answer.arrayBuffer(), instrument)).channels;
      const samples = new Float32Array(180 * 44100).map((_, i) => example[i % example.length]);
      const follower = new Follower(instrument);
      const player = async (/** @type {string} */ latency) =>
        instrument === "violin" ? new Violinist(latency) : new Pianist(latency, await nets.PlacesNet.open());
      const file = new Performance(await nets.listenerFor(instrument, "normal"), await player("file"), 5);
      const began = performance.now();
      const pose = (/** @type {any[]} */ frames) => frames.forEach((frame) => follower.pose(frame));
      for (let i = 0; i < samples.length; i += 220500) pose(await file.push(samples.subarray(i, i + 220500)));
      pose(await file.finish());
      const seconds = (performance.now() - began) / 1000;
      const live = new Performance(await nets.listenerFor(instrument, "normal"), await player("usual"), null);
      const [row, times, heap] = [
        new Float32Array(SIZE),
        /** @type {number[]} */ ([]),
        /** @type {number[]} */ ([]),
      ];
      for (let frame = 0; frame < 1440 * minutes; frame++) {
        const place = (Math.round(frame * 1837.5) % (samples.length - 1838)) | 0;
        const piece = samples.slice(place, place + 1837 + (frame % 2));
        const from = performance.now();
        for (const one of await live.push(piece))
          pack(one, follower.pose(one), follower.rig.names, row, null);
        times.push(performance.now() - from);
        if (frame % 1440 !== 1439) continue; // every minute of playing
        /** @type {any} */ (globalThis).gc();
        heap.push(Math.round(/** @type {any} */ (performance).memory.usedJSHeapSize / 1e6));
      }
      const sorted = times.slice(48).sort((a, b) => a - b);
      return {
        seconds,
        p50: sorted[sorted.length >> 1],
        p99: sorted[Math.floor(0.99 * sorted.length)],
        heap,
      };
    };
    const found = await page.evaluate(measured, {
      instrument: options.instrument,
      minutes: options.minutes ?? 3,
    });
    await browser.close();
    return found;
  },
};
