// The line to the server that carries the text: it sends what has changed, and knows
// which answer is the newest. When the line breaks it is laid again, and gets the whole
// text; typing never waits for it.

import { smallestEdit, toPoints, toUnits } from "./offsets.js";

const FIRST_WAIT = 500; // ms, doubled after every attempt that failed
const LONGEST_WAIT = 8000;

// Why the server has closed the line (RFC 6455, 7.4.1).
const TOO_LARGE = 1009; // a second attempt would end like the first
const REASONS = {
  1001: "The server has stopped.",
  1013: "The server serves as many people as it can.",
  [TOO_LARGE]: "The text is too long for this server: make it shorter, and load the page again.",
};

export class Session {
  #told = null; // {text, caret, options}, the newest; sent where there is a line
  #sent = null; // the same, as the server knows it; null: it knows nothing yet
  #id = 0;
  #wholeId = 0; // of the last message that had all of the text
  #isAnswered = true;
  #socket = null;
  #wait = FIRST_WAIT;

  /**
   * @param {() => Promise<void>} prepare is waited for before every attempt.
   * @param {(answer: {choices: object[], begin: number, model: object}) => void} onAnswer
   *   gets the answer to the newest text; `begin` is where the word stands.
   * @param {(state: "open" | "lost" | "refused", sentence: string) => void} onState
   * @param {(sentence: string) => void} onError gets what is wrong with the text.
   */
  constructor({ prepare, onAnswer, onState, onError }) {
    Object.assign(this, { prepare, onAnswer, onState, onError });
  }

  /** Whether an answer to the newest text is on its way. */
  get isAsking() {
    return this.#socket?.readyState === WebSocket.OPEN && !this.#isAnswered;
  }

  /** Lays the line, now and whenever it has broken. */
  async open() {
    try {
      await this.prepare();
    } catch (error) {
      return this.#tryAgain(error.message);
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/session`);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#wait = FIRST_WAIT;
      this.#sent = null;
      this.onState("open", "");
      this.#send();
    });
    socket.addEventListener("message", (event) => this.#hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#close(event.code));
  }

  /** Tells what stands in the writing area, in whole; only what is new is sent. */
  tell(text, caret, options) {
    this.#told = { text, caret, options };
    this.#send();
  }

  #send() {
    const [told, sent] = [this.#told, this.#sent];
    if (!told || this.#socket?.readyState !== WebSocket.OPEN) return;
    const { text, caret, options } = told;
    const hasNewOptions = JSON.stringify(options) !== JSON.stringify(sent?.options);
    if (sent?.text === text && sent.caret === caret && !hasNewOptions) return;
    const message = { id: ++this.#id };
    if (sent === null) message.text = text;
    else {
      const { begin, end, inserted } = smallestEdit(sent.text, text);
      message.edit = [toPoints(sent.text, begin), toPoints(sent.text, end), inserted];
    }
    message.caret = toPoints(text, caret);
    if (hasNewOptions) message.options = options;
    this.#socket.send(JSON.stringify(message));
    if (sent === null) this.#wholeId = message.id;
    this.#sent = told;
    this.#isAnswered = false;
  }

  #hear(answer) {
    if (answer.error !== undefined) return this.#startAnew(answer);
    // An older one says nothing about the text that stands there now.
    if (answer.id !== this.#id || answer.outdated || !this.#sent) return;
    this.#isAnswered = true;
    const begin = toUnits(this.#sent.text, answer.begin);
    this.onAnswer({ choices: answer.suggestions, begin, model: answer.model });
  }

  /** After an error the server lacks an edit, so the next message carries everything. */
  #startAnew({ id, error }) {
    if (id < this.#wholeId) return; // all of it was sent since
    this.#isAnswered = true;
    this.#sent = null;
    if (id === this.#wholeId) this.onError(error); // once more would end the same
    else this.#send();
  }

  #close(code) {
    this.#socket = this.#sent = null;
    if (code === TOO_LARGE) return this.onState("refused", REASONS[code]);
    this.#tryAgain(REASONS[code] ?? "The server does not answer.");
  }

  #tryAgain(sentence) {
    this.onState("lost", `${sentence} Write on: the page asks again.`);
    setTimeout(() => this.open(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
  }
}
