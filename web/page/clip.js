/** A clip of the open recording for AR Quick Look: made when it is asked for. */

/**
 * @param {import("./page.js").Page} page
 * @param {import("./recital.js").Recital} recital  complete
 */
export async function madeClip(page, recital) {
  const { clipAt, motionUsdz } = await import("../take_home/usdz.js");
  const clip = clipAt(page.clock.now, recital.frames.count);
  const blob = await motionUsdz(recital.frames, await page.performer(), recital.buffer, clip);
  return { blob, clip, name: `${recital.stem}.usdz` };
}
