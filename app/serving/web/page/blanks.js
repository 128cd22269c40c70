// Blanks in the text, `___`: where they are, and the candidates that the server has for
// each. A paragraph is asked about when nobody has typed in it for a moment.

import { Newest } from "./api.js";

const PAUSE = 250; // ms
const MOST_KEPT = 100; // paragraphs whose candidates are remembered

// The letters beside a blank belong to its word: the server reads them in the same way
// (app/suggestion/half_given.py).
const LETTER = "[\\p{L}\\p{M}\\p{N}]";
const WORD = `${LETTER}+(?:[-'’]${LETTER}+)*`;
const AT_END = new RegExp(`${WORD}[-'’]?$`, "u");
const AT_BEGIN = new RegExp(`^${WORD}`, "u");
const LONGEST = 100;

/** Where the blanks of a paragraph are, with the letters given beside each. */
export function blanksIn(paragraph) {
  const blanks = [];
  let last = 0;
  for (const { 0: { length }, index } of paragraph.matchAll(/_{3,}/g)) {
    const end = index + length;
    const before = AT_END.exec(paragraph.slice(Math.max(last, index - LONGEST), index));
    const after = AT_BEGIN.exec(paragraph.slice(end, end + LONGEST));
    last = end + (after?.[0].length ?? 0);
    blanks.push({ begin: index - (before?.[0].length ?? 0), end: last });
  }
  return blanks;
}

export class Blanks {
  #known = new Map(); // paragraph -> choices of each of its blanks
  #last = []; // by the number of the paragraph: shown until newer ones come
  #paragraphs = []; // {text, begin, blanks} of the whole text
  #newest = new Newest(PAUSE);
  #read = null; // the text

  /**
   * @param {(paragraph: string, signal: AbortSignal) => Promise<object[][]>} ask
   * @param {() => void} onAnswer
   * @param {(error: Error) => void} onError
   */
  constructor({ ask, onAnswer, onError }) {
    Object.assign(this, { ask, onAnswer, onError });
  }

  /** Forgets what it was told: the settings have changed. */
  forget() {
    this.#known.clear();
    this.#read = null;
  }

  /** Reads a text, and asks about the paragraphs that are new. */
  read(text) {
    if (text === this.#read) return; // the caret alone has moved
    this.#read = text;
    let begin = 0;
    this.#paragraphs = text.split("\n").map((paragraph) => {
      const row = { text: paragraph, begin, blanks: blanksIn(paragraph) };
      begin += paragraph.length + 1;
      return row;
    });
    this.#newest.cancel();
    const unknown = this.#paragraphs.filter(
      (it) => it.blanks.length > 0 && !this.#known.has(it.text),
    );
    if (unknown.length === 0) return;
    this.#newest.ask(async (signal) => {
      for (const { text: paragraph } of unknown) {
        this.#keep(paragraph, await this.ask(paragraph, signal));
      }
    }, this.onError);
  }

  /** The blank that the caret stands in or beside, as an offer; null for none. */
  at(caret) {
    for (const [i, { begin, blanks }] of this.#paragraphs.entries()) {
      const number = blanks.findIndex((it) => isIn(it, caret - begin));
      if (number < 0) continue;
      const { [number]: choices = [] } = this.#choicesOf(i);
      const { begin: from, end } = blanks[number];
      return { kind: "blank", begin: begin + from, end: begin + end, choices };
    }
    return null;
  }

  /** The blanks of every paragraph with the best word of each, as the mirror wants them. */
  shown(caret) {
    return this.#paragraphs.map(({ begin, blanks }, i) => {
      const choices = blanks.length > 0 ? this.#choicesOf(i) : [];
      return blanks.map((it, number) => ({
        ...it,
        word: choices[number]?.[0]?.word ?? "",
        isHere: isIn(it, caret - begin),
      }));
    });
  }

  #keep(paragraph, choices) {
    this.#known.set(paragraph, choices);
    if (this.#known.size > MOST_KEPT) this.#known.delete(this.#known.keys().next().value);
    this.onAnswer();
  }

  #choicesOf(row) {
    const { text, blanks } = this.#paragraphs[row];
    const known = this.#known.get(text);
    if (known) this.#last[row] = known;
    const last = this.#last[row] ?? [];
    return last.length === blanks.length ? last : [];
  }
}

const isIn = ({ begin, end }, place) => begin <= place && place <= end;
