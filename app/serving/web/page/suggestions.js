// The list of suggestions. Its rows stay the same elements, of one height, as many as
// the person wants to see: nothing on the page jumps while answers come and go.

const SPOKEN_AFTER = 900; // ms without a key, so that a screen reader is not cut short

export class SuggestionList {
  #rows = []; // {item, take, word, bar, share, why}
  #choices = [];
  #timer;

  /**
   * @param {HTMLElement} list an <ol>.
   * @param {HTMLElement} voice what stands here is read out.
   * @param {(number: number) => void} onTake
   * @param {(number: number) => void} onWhy
   */
  constructor(list, voice, { onTake, onWhy }) {
    Object.assign(this, { list, voice, onTake, onWhy });
    // A press would take the focus, and a phone's keyboard, from the writing area.
    list.addEventListener("pointerdown", (event) => {
      if (event.target.closest("button")) event.preventDefault();
    });
  }

  /** Makes room for so many. */
  resize(count) {
    while (this.#rows.length < count) this.#rows.push(this.#newRow(this.#rows.length));
    while (this.#rows.length > count) this.#rows.pop().item.remove();
  }

  /** Shows choices, the likeliest first, as far as there is room. */
  show(choices, kind) {
    this.#choices = choices;
    this.list.dataset.kind = kind;
    for (const [number, row] of this.#rows.entries()) {
      const choice = choices[number];
      row.item.classList.toggle("is-empty", !choice);
      if (choice) fillIn(row, choice, kind);
    }
    this.#speak();
  }

  #newRow(number) {
    const item = document.createElement("li");
    const take = button("take", () => this.onTake(number));
    take.setAttribute("aria-keyshortcuts", `Alt+${number + 1}`);
    const [digit, word, bar, share] = ["digit", "word", "bar", "share"].map((name) => {
      const part = document.createElement("span");
      part.className = name;
      take.append(part);
      return part;
    });
    digit.textContent = number + 1;
    digit.ariaHidden = bar.ariaHidden = "true";
    const why = button("why", () => this.onWhy(number));
    why.textContent = "why?";
    item.append(take, why);
    item.className = "is-empty";
    this.list.append(item);
    return { item, word, bar, share, why };
  }

  /** Reads out the best word alone, once, when the person has paused. */
  #speak() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const [best] = this.#choices;
      const spoken = best ? `${best.word}, ${percent(best.probability)}` : "";
      if (this.voice.textContent !== spoken) this.voice.textContent = spoken;
    }, SPOKEN_AFTER);
  }
}

function fillIn(row, { word, probability }, kind) {
  row.word.textContent = word;
  row.share.textContent = percent(probability);
  row.bar.style.setProperty("--share", probability);
  row.why.ariaLabel = `Why “${word}”?`;
  row.why.hidden = kind !== "word"; // only next words are explained
}

function button(name, onClick) {
  const it = document.createElement("button");
  it.type = "button";
  it.className = name;
  it.addEventListener("click", onClick);
  return it;
}

/** A share as people read it: 12.3 %. */
export const percent = (share) =>
  share > 0 && share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;
