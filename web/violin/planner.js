/** From notes to what a violinist does, step by step (`inference/violin/planner.py`). */

import { violinMemory, violinPlanner as p } from "../generated/constants.js";
import { within } from "../geometry/vectors.js";
import { smoothstep as smoothed } from "../musician/kinematics.js";
import { BowArm } from "./bow_arm.js";
import { Hearing } from "./hearing.js";
import { LeftHand, inOrder, lifted } from "./left_hand.js";

/**
 * @typedef {import("./memory.js").BowMemory} BowMemory
 * @typedef {import("./memory.js").Played} Played
 * @typedef {import("./bow_arm.js").BowSettings} BowSettings
 * @typedef {Record<"position"|"speed"|"lift"|"string"|"level"|"place"|"left_string"|"vibrato"|"loud"|"breath"|"leaning"
 *   |"pluck"|"dip"|"contact"
 *   |"stop", number> & Record<"down"|"over"|"reach", number[]>} Plan
 */

export class ViolinPlanner {
  /**
   * @param {BowSettings} habits
   * @param {number} rate  steps per second
   * @param {number} lead  steps by which the music is known ahead of the step that is played
   * @param {number} chord  seconds within which beginnings are one chord
   */
  constructor(habits, rate, lead, chord) {
    this.rate = rate;
    this.lead = lead;
    this.hearing = new Hearing(habits, rate, chord);
    this.arm = new BowArm(habits, rate, lead);
    this.hand = new LeftHand(habits, rate);
    this.ease = 2 / (0.6 * rate); // of the loudness that the body follows
    this.lean = 2 / (0.15 * rate); // of the bow that the body follows
    this.contact = 2 / (p.CONTACT_SECONDS * rate);
    this.breatheIn = 2 / (0.12 * rate);
    this.breatheOut = 2 / (0.2 * rate);
    this.beforeBreath = 0.3 * rate; // steps of rest
  }

  /**
   * Play some steps and give the plan of every so manieth, counted from the sound's first.
   * @param {number} steps
   * @param {BowMemory} memory
   * @param {number} every
   * @returns {Plan[]}
   */
  plan(steps, memory, every) {
    const rows = [];
    for (let i = 0; i < steps; i++) {
      const ahead = memory.step + this.lead;
      for (let known = memory.step === 0 ? 0 : ahead; known <= ahead; known++)
        this.hearing.hear(known / this.rate, memory.step, memory);
      const [speed, note] = this.play(memory);
      if (memory.step % every === 0) rows.push(this.row(speed, note, memory));
      memory.step += 1;
    }
    this.hearing.forget(memory.step / this.rate);
    return rows;
  }

  /**
   * The bow's speed, and the note.
   * @param {BowMemory} m
   * @returns {[number, Played | null]}
   */
  play(m) {
    while (m.sound.length && m.sound[0][0] <= m.step) {
      [m.since, m.on] = /** @type {[number, boolean]} */ (m.sound.shift());
      if (!m.on) {
        m.leftAt = m.position;
        m.travel = 0;
      }
    }
    while (m.plucks.length > 1 && m.plucks[0] < m.step - p.PLUCK_KEPT * this.rate) m.plucks.shift();
    const coming = m.sound.find(([, on]) => on)?.[0] ?? null;
    this.arm.turn(m);
    const decibels = this.hearing.level(m.step / this.rate);
    const loudness = within((decibels - p.SOFTEST) / (p.LOUDEST - p.SOFTEST), 0, 1);
    const speed = this.arm.move(decibels, coming, m);
    let [loud, wantedBreath] = [0, 0];
    if (m.on) {
      m.height = 0;
      loud = 1.5 * loudness;
      m.towardContact += this.contact * (this.arm.contact(loudness, speed, m) - m.towardContact);
    } else {
      this.arm.lift(coming, m);
      // chest and scroll are lifted before an entry and fall with its first note
      const soon = coming !== null && coming - m.step < p.BREATH_AHEAD * this.rate;
      wantedBreath = soon && m.step - m.since > this.beforeBreath ? 1 : 0;
    }
    const note = this.hand.move(m);
    // each smoothed twice in half of its time
    const breathe = wantedBreath ? this.breatheIn : this.breatheOut;
    m.towardLoud += this.ease * (loud - m.towardLoud);
    m.loud += this.ease * (m.towardLoud - m.loud);
    m.towardBreath += breathe * (wantedBreath - m.towardBreath);
    m.breath += breathe * (m.towardBreath - m.breath);
    m.towardLeaning += this.lean * (m.position - 0.5 - m.towardLeaning);
    m.leaning += this.lean * (m.towardLeaning - m.leaning);
    m.contact += this.contact * (m.towardContact - m.contact);
    return [speed, note];
  }

  /**
   * The plan of the moment that has been played; fingers hover where they are idle.
   * @param {number} speed
   * @param {Played | null} note
   * @param {BowMemory} m
   * @returns {Plan}
   */
  row(speed, note, m) {
    const down = m.fingers.map(([share]) => smoothed(share));
    const idle = violinMemory.AT_REST.map((/** @type {number} */ rest) =>
      Math.max(m.place + rest, p.LEAST_REACH),
    );
    const [pluck, dip] = m.on ? [0, 0] : this.arm.plucking(m);
    return {
      position: m.position,
      speed,
      lift: m.height,
      string: m.string,
      level: m.level,
      place: m.place,
      left_string: m.string,
      vibrato: this.hand.vibrato(note, m),
      loud: m.loud,
      breath: m.breath,
      leaning: m.leaning,
      pluck,
      dip,
      contact: m.contact,
      stop: note ? note.stop : 0,
      down: down.map((share, i) => lifted(share, m.fingers[i][1])),
      over: m.fingers.map(([, string], i) => down[i] * string + (1 - down[i]) * m.string),
      reach: inOrder(
        down,
        m.fingers.map(([, , stop], i) => down[i] * stop + (1 - down[i]) * idle[i]),
      ),
    };
  }
}
