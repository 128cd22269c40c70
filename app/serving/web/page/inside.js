// A look inside the network while it reads the sentence so far: the picture of its gates
// and its cell state that `python -m app explain` draws.

import { Newest, post } from "./api.js";
import { scheme } from "./scheme.js";

const PAUSE = 350; // ms: a picture takes longer than a word

/** The sentence that a text ends in, or has just ended with. */
export function lastSentence(text) {
  const line = text.trimEnd().split("\n").at(-1);
  return line.split(/(?<=[.!?]["')\]]?)\s+/).at(-1);
}

export class Inside {
  #newest = new Newest(PAUSE);
  #asked = ""; // what the picture shows, so that it is not drawn twice
  #address = "";

  /**
   * @param {HTMLElement} panel has an <img> and a .note.
   * @param {HTMLButtonElement} button opens and closes it.
   * @param {() => {text: string, model: string}} source what to look at.
   */
  constructor(panel, button, source) {
    Object.assign(this, { panel, button, source });
    this.picture = panel.querySelector("img");
    this.note = panel.querySelector(".note");
    button.addEventListener("click", () => this.#toggle());
    panel.querySelector(".close").addEventListener("click", () => {
      this.#toggle();
      button.focus(); // the button that had the focus is gone
    });
    panel.querySelector("form").addEventListener("submit", (event) => this.#fillIn(event.target));
  }

  /** Draws what has changed, if anybody looks. */
  update() {
    if (this.panel.hidden) return;
    const { text, model } = this.source();
    const sentence = lastSentence(text);
    const asked = JSON.stringify([sentence, model, scheme()]);
    if (asked === this.#asked) return;
    this.#newest.cancel();
    this.#asked = "";
    if (!sentence) return this.#say("Write something, and see how it is read.");
    this.#newest.ask(async (signal) => {
      const question = { text: sentence, model, format: "svg", scheme: scheme() };
      const response = await post("/api/inside", question, signal);
      this.#show(await response.text(), sentence);
      this.#asked = asked;
    }, (error) => this.#say(error.message));
  }

  #toggle() {
    this.panel.hidden = !this.panel.hidden;
    this.button.setAttribute("aria-expanded", !this.panel.hidden);
    if (this.panel.hidden) this.#newest.cancel();
    this.update();
  }

  #show(svg, sentence) {
    URL.revokeObjectURL(this.#address);
    this.#address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    this.picture.src = this.#address;
    // As it was drawn, so that its letters are as large as those of the page.
    const [, width] = /viewBox="0 0 ([\d.]+) /.exec(svg) ?? [];
    this.picture.style.maxWidth = width ? `${width}px` : "";
    this.picture.alt = `Gates and cell state of the network while it reads “${sentence}”`;
    this.picture.hidden = false;
    this.note.textContent = "";
  }

  #say(sentence) {
    this.picture.hidden = true;
    this.note.textContent = sentence;
  }

  /** The whole page is asked for by a form: a tab of its own has a policy of its own. */
  #fillIn({ elements }) {
    const { text, model } = this.source();
    elements.text.value = lastSentence(text);
    elements.model.value = model;
  }
}
