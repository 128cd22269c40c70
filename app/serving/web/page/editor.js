// The writing area: a real <textarea>, so that undo, spelling marks, input methods and
// screen readers work as everywhere. It tells every change of text or caret, and puts
// taken words in so that one Ctrl+Z takes one back.

import { isClosing } from "./offers.js";
import { toPoints } from "./offsets.js";

export class Editor {
  /** Whether marks move in front of an added space; tokens that are given stay apart. */
  movesMarks = true;
  /** Whether an input method is at work: its text is not there yet. */
  isComposing = false;
  /** Whether the keys of a phone's keyboard come in: it composes every word, of any
   * language, and its letters are there as they are typed. */
  #isPhone = false;

  #area;
  #isOurs = false; // what is put in by the page counts no key
  #addedSpaceAt = -1; // the caret behind a space that no key typed
  #composed = ""; // what the input method has put in so far

  /**
   * @param {HTMLTextAreaElement} area
   * @param {() => void} onChange after every change of the text or the caret.
   * @param {(keys: number) => void} onKeys tells how many keys an input took.
   * @param {(paragraph: string) => void} onParagraph gets one that Enter has ended.
   */
  constructor(area, { onChange, onKeys, onParagraph }) {
    Object.assign(this, { onChange, onKeys, onParagraph });
    this.#area = area;
    // Such keyboards name no key, where others say that the input method has it.
    area.addEventListener("keydown", ({ key }) => { this.#isPhone = key === "Unidentified"; });
    area.addEventListener("beforeinput", (event) => this.#foresee(event));
    area.addEventListener("input", (event) => this.#changed(event));
    area.addEventListener("compositionstart", () => this.#compose(true));
    area.addEventListener("compositionend", () => this.#compose(false));
    document.addEventListener("selectionchange", () => this.#moved());
  }

  get text() {
    return this.#area.value;
  }

  get caret() {
    // An undo from elsewhere on the page leaves it where it was, behind a shorter text.
    return Math.min(this.#area.selectionEnd, this.text.length);
  }

  get hasSelection() {
    return this.#area.selectionStart !== this.#area.selectionEnd;
  }

  focus() {
    this.#area.focus({ preventScroll: true });
  }

  /** Puts taken text in; see `taking` in offers.js. It costs the one key that chose it. */
  take({ begin, end, inserted, caret, hasAddedSpace }) {
    this.#replace(begin, end, inserted);
    this.#area.setSelectionRange(caret, caret);
    this.#addedSpaceAt = hasAddedSpace ? caret : -1;
    this.onKeys(1);
    this.#showEnd();
    this.onChange();
  }

  /** One step of undo: `value` and `setRangeText` would forget all of them. */
  #replace(begin, end, inserted) {
    const area = this.#area;
    this.#isOurs = true;
    if (this.#composed) area.blur(); // ends what a phone composes
    this.focus();
    // Moving the selection closes the step that typing has begun.
    area.setSelectionRange(Math.max(0, begin - 1), begin);
    area.setSelectionRange(begin, end);
    const command = inserted === "" ? "delete" : "insertText";
    const isDone = begin === end && inserted === "" || document.execCommand(command, false, inserted);
    if (!isDone) area.setRangeText(inserted, begin, end, "end");
    this.#isOurs = false;
  }

  /** Signs typed right behind the space that a word brought. */
  #foresee(event) {
    const { caret } = this;
    if (this.#isOurs || this.isComposing || this.hasSelection) return;
    if (caret !== this.#addedSpaceAt) return;
    if (event.inputType === "insertText" && event.data === " ") {
      event.preventDefault(); // it is there already
      this.#addedSpaceAt = -1;
      this.onKeys(1);
    } else if (this.movesMarks && event.inputType === "insertText" && isMark(event.data)) {
      event.preventDefault();
      this.#replace(caret - 1, caret, `${event.data} `);
      this.#addedSpaceAt = this.caret;
      this.onKeys(1);
      this.onChange();
    }
  }

  #changed(event) {
    if (this.#isOurs) return;
    // An undone replacement comes back selected: the next key must not delete it.
    if (event.inputType.startsWith("history") && this.hasSelection) {
      this.#area.setSelectionRange(this.caret, this.caret);
    }
    if (event.isComposing) this.#composed = event.data ?? "";
    else this.onKeys(keysOf(event));
    if (this.isComposing) return;
    if (event.inputType === "insertLineBreak") this.#endParagraph();
    this.#showEnd();
    this.onChange();
  }

  #compose(begins) {
    this.isComposing = begins && !this.#isPhone;
    // How many keys an input method took is unknown; what it put in is counted.
    if (!begins) this.onKeys(toPoints(this.#composed, this.#composed.length));
    this.#composed = "";
    this.onChange();
  }

  #moved() {
    if (this.#isOurs || this.isComposing || document.activeElement !== this.#area) return;
    if (this.caret !== this.#addedSpaceAt) this.#addedSpaceAt = -1;
    this.onChange();
  }

  /** Keeps room in sight below the last line, where long grey text goes on. */
  #showEnd() {
    const area = this.#area;
    if (this.caret === this.text.length) area.scrollTop = area.scrollHeight;
  }

  #endParagraph() {
    const before = this.text.slice(0, this.caret - 1);
    this.onParagraph(before.slice(before.lastIndexOf("\n") + 1));
  }
}

const isMark = (sign) => sign?.length === 1 && isClosing(sign);

/** What no key has typed, pasted text for one, counts as if it had been. */
function keysOf({ data, dataTransfer }) {
  const inserted = data ?? dataTransfer?.getData("text/plain") ?? "";
  return Math.max(1, toPoints(inserted, inserted.length));
}
