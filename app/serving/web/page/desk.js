// What lies ready at the caret: the candidates of the blank that it stands in, else the
// phrases that were asked for while they still fit, else the words of the session.

import { fitting, ghostOf } from "./offers.js";

export class Desk {
  #words = null;
  #phrases = null;
  /** Whether a person wants no grey text until the next change, whatever answers come. */
  isDismissed = false;

  /**
   * @param {import("./editor.js").Editor} editor
   * @param {import("./blanks.js").Blanks} blanks
   */
  constructor(editor, blanks) {
    this.#editor = editor;
    this.#blanks = blanks;
  }

  #editor;
  #blanks;

  /** Lays the session's answer down. */
  offerWords(begin, choices) {
    this.#words = { kind: "word", begin, end: begin, choices };
  }

  /** Lays phrases down, or texts; null takes them away. */
  offerMore(kind, begin, choices) {
    this.#phrases = choices && { kind, begin, end: begin, choices };
    this.isDismissed = false;
  }

  /** Follows what was taken of a phrase when the space in front of it has gone. */
  closeUp() {
    if (this.#phrases) this.#phrases.begin -= 1;
  }

  /** Takes the grey text away until the text or the caret changes; the list stays. */
  dismiss() {
    this.isDismissed = true;
    this.#phrases = null;
  }

  /** To be called after every such change. */
  changed() {
    this.isDismissed = false;
    if (this.#phrases && this.#stillFits(this.#phrases) === null) this.#phrases = null;
  }

  /** Where the half-typed word begins; the caret where none is known of. */
  get wordBegin() {
    const { caret } = this.#editor;
    const begin = this.#words?.begin ?? caret;
    const letters = this.#editor.text.slice(begin, caret);
    return begin <= caret && !/\s/.test(letters) ? begin : caret;
  }

  /** The offer that can be taken now, or null. */
  get offer() {
    const { caret, hasSelection, isComposing } = this.#editor;
    if (hasSelection || isComposing) return null;
    const blank = this.#blanks.at(caret);
    if (blank) return blank.choices.length > 0 ? blank : null;
    return this.#stillFits(this.#phrases) ?? this.#stillFits(this.#words);
  }

  /** The grey text behind the caret. */
  get ghost() {
    const { text, caret } = this.#editor;
    return this.isDismissed ? "" : ghostOf(this.offer, text, caret);
  }

  #stillFits(offer) {
    const { text, caret } = this.#editor;
    if (!offer || offer.begin > caret) return null;
    const left = fitting(offer, text, caret);
    return left.choices.length > 0 ? left : null;
  }
}
