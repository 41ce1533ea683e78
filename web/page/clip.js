/** A clip of the open recording for AR Quick Look: made when it is asked for. */

import { loadFigure } from "../stage/figure.js";

/**
 * @param {import("./page.js").Page} page
 * @param {import("./recital.js").Recital} recital  complete
 */
export async function madeClip({ instrument, stage, clock }, recital) {
  const { clipAt, motionUsdz } = await import("../take_home/usdz.js");
  const { object } = stage?.figure ?? (await loadFigure(instrument));
  const clip = clipAt(clock.now, recital.frames.count);
  const blob = motionUsdz(recital.frames, instrument, object, recital.buffer, clip);
  return { blob, clip, name: `${recital.stem}.usdz` };
}
