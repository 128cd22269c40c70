// How many keys the suggestions have saved. A key is a key, whether it types, deletes,
// undoes or takes a word; so text that was deleted again stays counted.

import { toPoints } from "./offsets.js";

export class Keystrokes {
  #keys = 0;
  #before = 0; // characters that stood there when counting began

  /**
   * @param {HTMLElement} share shows the share of keys saved.
   * @param {HTMLElement} detail shows both numbers.
   */
  constructor(share, detail) {
    this.#share = share;
    this.#detail = detail;
  }

  #share;
  #detail;

  /** Counts keys that were pressed. */
  press(keys) {
    this.#keys += keys;
  }

  /** Begins at nothing, with the text as it is. */
  restart(text) {
    this.#keys = 0;
    this.#before = toPoints(text, text.length);
    this.show(text);
  }

  /** Tells the numbers for a text. */
  show(text) {
    const characters = toPoints(text, text.length) - this.#before;
    const saved = characters > 0 ? 1 - this.#keys / characters : 0;
    // More keys than characters is no saving, and is not hidden either.
    this.#share.textContent = characters > 0 ? told(saved) : "–";
    this.#detail.textContent = `${count(this.#keys, "key")} for ${count(characters, "character")}`;
  }
}

const told = (share) => `${Math.round(100 * share)} %`.replace("-", "−");

const count = (number, what) =>
  `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
