/** The code of the page's address, as somebody at a desk asks for it with the keyboard. */

import { heard, opened, options, shutOut } from "./browser.js";

/** @type {Record<string, () => Promise<object>>} */
export const phoneTasks = {
  async phone() {
    const { browser, page, elsewhere, errors } = await opened({
      flags: ["--host-resolver-rules=MAP page.test 127.0.0.1"],
      context: { viewport: options.viewport ?? { width: 900, height: 800 }, colorScheme: options.scheme },
      query: options.query ?? "",
    });
    await page.focus("#on-the-phone");
    await page.keyboard.press("Enter");
    await page.locator("#phone[open]").waitFor();
    const picture = await page.screenshot({ path: options.out });
    const told = {
      address: await page.textContent("#phone-address"),
      note: await page.textContent("#phone-note"),
      label: await page.getAttribute("#phone-code", "aria-label"),
      code: await page.isVisible("#phone-code"),
      shutOut: await shutOut(page),
    };
    await page.keyboard.press("Enter"); // the button that closes it has the focus
    await page.locator("#phone[open]").waitFor({ state: "detached" });
    const back = await page.evaluate(() => document.activeElement?.id);
    await browser.close();
    return { ...told, picture: picture.toString("base64"), back, elsewhere, errors };
  },

  /** What works over plain http: recordings; the microphone does not, and says why. */
  async overHttp() {
    const { browser, page, elsewhere, errors } = await opened({
      flags: ["--host-resolver-rules=MAP page.test 127.0.0.1"],
    });
    const secure = await page.evaluate(() => isSecureContext);
    await page.setInputFiles("#file", options.file);
    await heard(page);
    const frames = await page.evaluate(() => Number(document.documentElement.dataset.heard));
    await page.click("#microphone");
    await page.waitForFunction(() => document.getElementById("status")?.classList.contains("wrong"));
    const microphone = await page.textContent("#status");
    await browser.close();
    return { secure, frames, microphone, elsewhere, errors };
  },
};
