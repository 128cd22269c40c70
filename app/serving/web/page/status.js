// The line that says which model answers, and what is wrong. It keeps its height.

export class StatusLine {
  #element;
  #model = "";
  #isLost = false;

  /** @param {HTMLElement} element read out politely when it changes. */
  constructor(element) {
    this.#element = element;
  }

  /** Tells about the model that answers. */
  model({ name, words, cell, layers, units }) {
    const shape = `${cell.toUpperCase()} ${layers} × ${units}`;
    this.#model = `${name}: ${words.toLocaleString("en")} words, ${shape}`;
    if (!this.#isLost) this.#say("fine", this.#model);
  }

  /** The line to the server: "open", "lost" or "refused". */
  line(state, sentence) {
    this.#isLost = state !== "open";
    this.#say(this.#isLost ? "wrong" : "fine", sentence || this.#model);
  }

  /** Something that was asked for cannot be had. */
  wrong(sentence) {
    if (!this.#isLost) this.#say("wrong", sentence);
  }

  /** An answer has come: whatever was wrong is over. */
  answered() {
    this.#say("fine", this.#model);
  }

  #say(state, sentence) {
    this.#element.dataset.state = state;
    if (this.#element.textContent !== sentence) this.#element.textContent = sentence;
  }
}
