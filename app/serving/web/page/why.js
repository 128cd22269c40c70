// Why a word is suggested: what each part of the model adds to its probability, and
// which of the words before it made it likelier or less likely.

import { Newest } from "./api.js";
import { reasons } from "./questions.js";
import { percent } from "./suggestions.js";

const MOST_BITS = 4; // a word that matters so much gets the full shade

export class Why {
  #newest = new Newest();

  /**
   * @param {HTMLElement} panel hidden until somebody asks.
   * @param {() => void} onClose
   */
  constructor(panel, onClose) {
    this.#panel = panel;
    this.#onClose = onClose;
    [this.#title, this.#bar, this.#legend, this.#words, this.#note] = [
      ".title", ".parts", ".legend", ".words", ".note",
    ].map((it) => panel.querySelector(it));
    panel.querySelector(".close").addEventListener("click", () => this.close());
  }

  #panel;
  #onClose;
  #before = ""; // the text before the word that is explained
  #title;
  #bar;
  #legend;
  #words;
  #note;

  /**
   * @param {string} text what stands before the word.
   * @param {string} word
   * @param {object} options model, ngrams, cache and memory.
   */
  ask(text, word, options) {
    this.#before = text;
    this.#panel.hidden = false;
    this.#panel.scrollIntoView({ block: "nearest" });
    this.#newest.ask(async (signal) => {
      this.#show(await reasons(text, word, options, signal));
    }, (error) => {
      this.#clear();
      this.#note.textContent = error.message;
    });
  }

  /** Goes when the text is no longer the one that it explains. */
  check(text) {
    if (!text.startsWith(this.#before)) this.hide();
  }

  hide() {
    this.#newest.cancel();
    this.#panel.hidden = true;
  }

  close() {
    this.hide();
    this.#onClose();
  }

  #clear() {
    for (const it of [this.#bar, this.#legend, this.#words]) it.replaceChildren();
    this.#title.textContent = "Why this word";
  }

  #show({ word, probability, parts, words, remarks }) {
    this.#title.textContent = `Why “${word}”, ${percent(probability)}`;
    const shares = Object.entries(parts);
    this.#bar.replaceChildren(...shares.map(([name, share]) => {
      const piece = labelled("span", "", name);
      piece.style.flexGrow = share / probability;
      return piece;
    }));
    this.#legend.replaceChildren(...shares.map(([name, share]) =>
      labelled("li", `${name} ${percent(share)}`, name)));
    this.#words.replaceChildren(...words.flatMap((it) => [shaded(it), " "]));
    this.#note.textContent = remarks.join(" ");
  }
}

function labelled(kind, text, part) {
  const it = document.createElement(kind);
  it.textContent = text;
  it.dataset.part = part;
  return it;
}

/** A word of the text, the darker the more it mattered; see .words in page.css. */
function shaded({ token, bits }) {
  const it = document.createElement("span");
  it.className = bits < 0 ? "token is-against" : "token";
  it.textContent = token;
  it.style.setProperty("--weight", Math.min(Math.abs(bits) / MOST_BITS, 1));
  it.title = `${bits < 0 ? "−" : "+"}${Math.abs(bits).toFixed(1)} bits`;
  return it;
}
