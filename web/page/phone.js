/** The page's address as a QR code, to open it on the phone: drawn here, asked of nobody. */

import { element } from "./elements.js";
import { strings } from "./strings.js";

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;
const MODULE = 6; // pixels of a square of the code

/** The button that shows the code. */
export function connectPhone() {
  const dialog = element("phone", HTMLDialogElement);
  element("on-the-phone", HTMLButtonElement).addEventListener("click", async () => {
    await showCode(location);
    dialog.showModal();
  });
}

/** @param {Location} place */
async function showCode({ href, hostname, protocol }) {
  const canvas = element("phone-code", HTMLCanvasElement);
  const address = href.split("#")[0];
  const alone = LOOPBACK.test(hostname);
  element("phone-address", HTMLElement).textContent = address;
  element("phone-note", HTMLElement).textContent = alone
    ? strings.phoneLoopback
    : protocol === "https:"
      ? strings.phoneHttps
      : strings.phoneHttp;
  canvas.hidden = alone; // a code that leads nowhere is none
  if (alone) return;
  const { generate } = await import("lean-qr");
  const code = generate(address);
  code.toCanvas(canvas, { on: [0, 0, 0], off: [255, 255, 255] }); // of any scheme: cameras want dark on light
  canvas.style.width = `${canvas.width * MODULE}px`;
  canvas.setAttribute("aria-label", strings.phoneCode(address));
}
