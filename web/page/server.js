/** A live session of the Python program instead of the page's own nets: bones come through a WebSocket. */

import { followers } from "../generated/constants.js";
import { AT, PROPS, SIZE } from "../musician/packing.js";

const AGAIN = 2000; // ms until the next try

/**
 * @typedef {object} Told
 * @property {(instrument: "violin" | "piano") => void} hello
 * @property {(row: Float32Array, seconds: number) => void} frame
 * @property {() => void} gone
 */

export class Server {
  /**
   * @param {string} url
   * @param {Told} told
   */
  constructor(url, told) {
    this.url = url;
    this.told = told;
    this.open();
  }

  open() {
    this.socket = new WebSocket(this.url);
    this.socket.onmessage = ({ data }) => this.received(JSON.parse(data));
    this.socket.onclose = () => {
      this.told.gone();
      setTimeout(() => this.open(), AGAIN);
    };
  }

  /** @param {any} message */
  received(message) {
    if (message.type === "hello") {
      this.instrument = message.instrument;
      this.names = message.bones?.names ?? [];
      this.told.hello(message.instrument);
    } else if (message.type === "frame" && message.bones && this.instrument) {
      this.told.frame(this.row(message), message.time);
    }
  }

  /** @param {any} message */
  row(message) {
    const row = new Float32Array(SIZE);
    const { origin, names } = followers[this.instrument];
    const inOurRoom = (/** @type {number[]} */ place) => place.map((value, k) => value + origin[k]);
    row.set(inOurRoom(message.root), AT.root);
    names.forEach((/** @type {string} */ name, /** @type {number} */ i) => {
      const at = this.names.indexOf(name);
      row.set(at < 0 ? [0, 0, 0, 1] : message.bones[at], AT.bones + 4 * i);
    });
    PROPS.forEach((name, i) => {
      const prop = message.props?.[name];
      if (!prop) return;
      row.set(inOurRoom(prop.slice(0, 3)), AT.props + 7 * i);
      row.set(prop.slice(3), AT.props + 7 * i + 3);
    });
    for (const [pitch, dip] of Object.entries(message.keys_down ?? {}))
      row[AT.keys + Number(pitch) - 21] = Number(dip);
    return row;
  }
}
