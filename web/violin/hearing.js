/** From notes that become known to strokes, plucks, sound and rest, and stops (`inference/violin/hearing.py`). */

import { violinWays, violinHearing as h, rates } from "../generated/constants.js";
import { stopViolin } from "../musician/violin_fingering.js";

/**
 * @typedef {import("./memory.js").BowMemory} BowMemory
 * @typedef {import("./memory.js").Played} Played
 * @typedef {import("../musician/violin_fingering.js").Stop} Stop
 * @typedef {{onset: number, pitch: number, stroke: boolean, plucked: boolean}} Beginning
 */

const { VIDEO_FPS } = rates;

/**
 * Put something where its key says it belongs, behind its equals.
 * @template T
 * @param {T[]} sorted
 * @param {T} item
 * @param {(a: T, b: T) => number} compare
 */
export function insert(sorted, item, compare) {
  let at = sorted.length;
  while (at && compare(sorted[at - 1], item) > 0) at--;
  sorted.splice(at, 0, item);
}

/** @type {(a: Beginning, b: Beginning) => number} */
const byBeginning = (a, b) =>
  a.onset - b.onset || a.pitch - b.pitch || +a.stroke - +b.stroke || +a.plucked - +b.plucked;

/** Takes notes and levels in and writes what follows of them into the violinist's memory. */
export class Hearing {
  /**
   * @param {{shortest_stroke: number}} habits
   * @param {number} rate  steps per second
   * @param {number} chord  seconds within which beginnings are one chord
   */
  constructor(habits, rate, chord) {
    this.rate = rate;
    this.chord = chord;
    this.shortest = habits.shortest_stroke;
    /** @type {Beginning[]} not played yet, by onset */
    this.begin = [];
    /** @type {[number, number][]} moments at which pitches end, rising */
    this.end = [];
    /** @type {Map<number, number>} pitches that are bowed now, and since when */
    this.down = new Map();
    /** @type {{onset: number, pitches: number[]}[]} without stops */
    this.chords = [];
    /** @type {Stop} */
    this.stopped = { string: 2, stop: 0, finger: 0, place: violinWays.FIRST_POSITION };
    this.bowed = false;
    this.released = -Infinity;
    this.loudest = h.SILENCE;
    this.stroke = -Infinity;
    /** @type {number[]} */
    this.pitches = [];
    /** @type {number[]} dB of consecutive frames */
    this.levels = [];
    this.firstLevel = 0;
  }

  /**
   * Notes that became known, without their ends.
   * @param {Beginning[]} notes
   */
  tell(notes) {
    for (const note of notes) insert(this.begin, note, byBeginning);
  }

  /**
   * A note ended.
   * @param {number} pitch
   * @param {number} seconds
   */
  tellEnd(pitch, seconds) {
    insert(this.end, [seconds, pitch], (a, b) => a[0] - b[0] || a[1] - b[1]);
  }

  /**
   * Levels of the frames that follow, relative to the music's mean.
   * @param {ArrayLike<number>} decibels
   */
  tellLevels(decibels) {
    for (let i = 0; i < decibels.length; i++) this.levels.push(decibels[i]);
  }

  /**
   * Level at a moment, between frames linearly; 0 where nobody told it.
   * @param {number} seconds
   */
  level(seconds) {
    const { levels } = this;
    if (!levels.length) return 0;
    const at = Math.min(Math.max(seconds * VIDEO_FPS - this.firstLevel, 0), levels.length - 1);
    const low = Math.trunc(at);
    const high = Math.min(low + 1, levels.length - 1);
    return levels[low] + (at - low) * (levels[high] - levels[low]);
  }

  /**
   * Drop the levels before a moment.
   * @param {number} seconds
   */
  forget(seconds) {
    const past = Math.trunc(seconds * VIDEO_FPS) - 1 - this.firstLevel;
    if (past > h.LEVELS_KEPT) {
      this.levels.splice(0, past);
      this.firstLevel += past;
    }
  }

  /**
   * Everything up to `seconds` is known: write it down, and the stops that step `moment` needs.
   * @param {number} seconds
   * @param {number} moment
   * @param {BowMemory} memory
   */
  hear(seconds, moment, memory) {
    while (this.begin.length && this.begin[0].onset + this.chord <= seconds) {
      const onset = this.begin[0].onset;
      let count = 0;
      while (count < this.begin.length && this.begin[count].onset <= onset + this.chord) count++;
      const together = this.begin.slice(0, count);
      this.endsUntil(onset, memory);
      this.begin.splice(0, count);
      this.sound(onset, together, memory);
    }
    this.endsUntil(Math.min(seconds, this.begin.length ? this.begin[0].onset : Infinity), memory);
    const due = moment + Math.round(h.DECIDED * this.rate);
    while (this.chords.length && (this.step(this.chords[0].onset) <= due || this.chords.length > h.LOOK_ON))
      this.choose(memory);
  }

  /** @param {number} seconds */
  step(seconds) {
    return Math.floor(seconds * this.rate + 0.5);
  }

  /**
   * A note or chord begins.
   * @param {number} onset
   * @param {Beginning[]} together
   * @param {BowMemory} memory
   */
  sound(onset, together, memory) {
    const pitches = [...new Set(together.map((b) => b.pitch))].sort((a, b) => a - b);
    this.chords.push({ onset, pitches });
    const step = this.step(onset);
    if (together.every((b) => b.plucked)) memory.plucks.push(step);
    else {
      const again = pitches.join() === [...this.pitches].sort((a, b) => a - b).join();
      const asked = together.some((b) => b.stroke) || !this.bowed || again;
      const fresh = asked && !this.breaks(onset, pitches);
      if (!this.bowed) {
        memory.sound.push([step, true]);
        this.bowed = true;
        this.loudest = h.SILENCE;
      }
      const last = memory.sound.at(-1);
      if (fresh && (onset - this.stroke >= this.shortest || (last && last[0] === step && last[1]))) {
        this.stroke = onset;
        memory.strokes.push(step);
        this.loudest = h.SILENCE;
      }
      for (const pitch of pitches) this.down.set(pitch, onset);
    }
    this.pitches = pitches;
  }

  /**
   * Whether notes are the upper strings of a chord whose lower ones began the stroke: it is one stroke.
   * @param {number} onset
   * @param {number[]} pitches
   */
  breaks(onset, pitches) {
    if (!this.bowed || onset - this.stroke > h.BROKEN || this.pitches.length < 2) return false;
    const chord = [...this.pitches, ...pitches];
    return chord.length <= h.STRINGS && chord.every((pitch, i) => !i || pitch - chord[i - 1] >= h.THIRD);
  }

  /**
   * Let the notes end that ended by then, and the bow stop where none sounds any more.
   * @param {number} seconds
   * @param {BowMemory} memory
   */
  endsUntil(seconds, memory) {
    while (this.end.length && this.end[0][0] <= seconds) {
      const [at, pitch] = /** @type {[number, number]} */ (this.end.shift());
      if ((this.down.get(pitch) ?? Infinity) < at) {
        this.down.delete(pitch);
        this.released = at;
      }
    }
    if (!this.bowed) return;
    if (this.down.size) {
      this.loudest = Math.max(this.loudest, this.level(seconds));
      if (this.level(seconds) < h.SILENCE) {
        this.down.clear();
        this.released = seconds;
      }
      return;
    }
    const diedAway =
      !this.levels.length || this.level(seconds) <= Math.max(this.loudest - h.QUIETER, h.SILENCE);
    if (seconds >= this.released + h.HOLD && diedAway) {
      this.bowed = false;
      memory.sound.push([this.step(seconds), false]);
    }
  }

  /**
   * Choose the stops of the chord that comes next.
   * @param {BowMemory} memory
   */
  choose(memory) {
    const ahead = this.chords.slice(0, h.LOOK_ON + 1);
    const notes = ahead.flatMap(({ onset, pitches }) =>
      pitches.map((pitch, i) => ({ onset, pitch, joined: i > 0 })),
    );
    const stops = stopViolin(
      notes.map((note) => note.pitch),
      notes.map((note) => note.onset),
      notes.map((note) => note.joined),
      this.stopped,
    );
    const chord = /** @type {{onset: number, pitches: number[]}} */ (this.chords.shift());
    const own = stops.slice(0, chord.pitches.length);
    this.stopped = own[own.length - 1];
    const step = this.step(chord.onset);
    const pairs = own.length > 2 ? [own.slice(0, 2), own.slice(-2)] : [own];
    pairs.forEach((pair, number) =>
      memory.notes.push(played(step + number * Math.round(h.BREAK * this.rate), pair)),
    );
  }
}

/**
 * One or two strings that sound together.
 * @param {number} step
 * @param {Stop[]} stops
 * @returns {Played}
 */
function played(step, stops) {
  const string = stops.reduce((sum, stop) => sum + stop.string, 0) / stops.length;
  const low = Math.floor(string);
  const even = string - low === 0.5 ? (low % 2 ? low + 1 : low) : Math.round(string);
  const apart = stops.map((stop) => Math.abs(stop.string - even));
  const nearest = apart.indexOf(Math.min(...apart));
  /** @type {Map<number, import("./memory.js").Down>} */
  const fingers = new Map();
  for (const stop of stops)
    if (stop.finger > 0) fingers.set(stop.finger, [stop.finger, stop.string, stop.stop]);
  return {
    step,
    string,
    stop: stops[nearest].stop,
    place: stops[stops.length - 1].place,
    fingers: [...fingers.values()].sort((a, b) => a[0] - b[0]),
  };
}
