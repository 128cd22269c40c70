// What lies behind the writing area and shows through it: the grey ghost, and the best
// word above every blank. It wraps the same text in the same way, unseen, so that both
// stand where they belong. Only paragraphs that have changed are set anew.

const SMALL = 0.75; // how wide a letter of a small word is, beside one of the text

export class Mirror {
  #area;
  #lines; // wraps as the area does
  #layer; // the ghost's; it changes the place of nothing
  #spacer = document.createElement("span");
  #grey = document.createElement("span");
  #anchor = document.createElement("span"); // marks the caret's place at a line's end
  #rows = []; // {text, blanks, element} of every paragraph
  #shown = "";

  /**
   * @param {HTMLElement} mirror lies behind `area`; has an element for lines and one for
   *   the ghost.
   * @param {HTMLTextAreaElement} area
   */
  constructor(mirror, area) {
    this.#area = area;
    [this.#lines, this.#layer] = mirror.children;
    this.#spacer.className = "spacer";
    this.#grey.className = "ghost";
    this.#anchor.textContent = "\u200b"; // of no width, but with a place
    this.#layer.append(this.#spacer, this.#grey);
    area.addEventListener("scroll", () => this.#follow());
    new ResizeObserver(() => this.#fit()).observe(area);
  }

  /**
   * @param {string} text what stands in the area.
   * @param {{begin: number, end: number, word: string, isHere: boolean}[][]} blanks of
   *   every paragraph, counted from its begin; `word` is the best candidate.
   */
  show(text, blanks) {
    const before = this.#rows;
    const elements = this.#lines.children;
    this.#rows = text.split("\n").map((paragraph, i) => {
      const element = elements[i] ?? this.#lines.appendChild(document.createElement("div"));
      const row = { text: paragraph, blanks: blanks[i], element };
      if (!isSame(row, before[i])) element.replaceChildren(...piecesOf(row));
      return row;
    });
    while (elements.length > this.#rows.length) this.#lines.lastChild.remove();
    this.#fit();
  }

  /**
   * @param {string} ghost behind the caret; "" for none.
   * @param {number} row the paragraph at whose end the caret stands.
   */
  showGhost(ghost, row) {
    const isNew = ghost !== this.#shown;
    this.#shown = ghost;
    this.#grey.textContent = ghost;
    this.#anchor.remove();
    if (!ghost) return this.#makeRoom(0);
    const { element } = this.#rows[row];
    element.append(this.#anchor);
    // On the last line it may wrap; further up, other text would lie under it.
    this.#layer.classList.toggle("is-cut", row < this.#rows.length - 1);
    const further = this.#place(element);
    // A single line more has its room always. Who has scrolled since is left in peace.
    if (isNew && further > 1) this.#area.scrollTop = this.#layer.offsetTop;
  }

  /**
   * Puts the ghost's layer on the caret's line, and the ghost behind the caret.
   *
   * @returns {number} how many lines it has beyond that one.
   */
  #place(element) {
    const [caret, row, lines] = [this.#anchor, element, this.#lines].map((it) =>
      it.getBoundingClientRect());
    const height = parseFloat(getComputedStyle(this.#lines).lineHeight);
    const line = Math.floor((caret.top - row.top) / height);
    this.#layer.style.top = `${row.top - lines.top + line * height}px`;
    this.#spacer.style.width = `${Math.min(caret.left, row.right) - row.left}px`;
    const below = this.#layer.getBoundingClientRect().height - height;
    this.#makeRoom(below);
    this.#follow();
    return Math.round(below / height);
  }

  /** Makes so many pixels of room below the last line, where there is less. */
  #makeRoom(pixels) {
    this.#area.parentElement.style.setProperty("--room", `${pixels}px`);
  }

  #fit() {
    // Without the scroll bar, which comes and goes with the text's length.
    const width = `${this.#area.clientWidth}px`;
    if (this.#lines.parentElement.style.width !== width) {
      this.#lines.parentElement.style.width = width;
      if (this.#shown) this.#place(this.#anchor.parentElement);
    }
    this.#follow();
  }

  #follow() {
    const shift = `translateY(${-this.#area.scrollTop}px)`;
    this.#lines.style.transform = this.#layer.style.transform = shift;
  }
}

const isSame = (row, other) =>
  row.text === other?.text && JSON.stringify(row.blanks) === JSON.stringify(other.blanks);

/** The nodes of a paragraph: text, and an element for every blank. */
function piecesOf({ text, blanks }) {
  const pieces = [];
  let [end, last] = [0, null];
  for (const blank of blanks) {
    const isBelow = last !== null && !last.isBelow && wouldTouch(last, blank);
    pieces.push(text.slice(end, blank.begin), blankOf(blank, text, isBelow));
    end = blank.end;
    last = { ...blank, isBelow };
  }
  return [...pieces, text.slice(end)];
}

/** Whether the words above two blanks need more room than lies between their middles. */
function wouldTouch(one, other) {
  const apart = (other.begin + other.end - one.begin - one.end) / 2;
  return SMALL * (one.word.length + other.word.length + 1) / 2 > apart;
}

function blankOf({ begin, end, word, isHere }, text, isBelow) {
  const element = document.createElement("span");
  element.className = isHere ? "blank is-here" : "blank";
  const ruby = document.createElement("span");
  ruby.className = isBelow ? "ruby is-below" : "ruby";
  ruby.textContent = word;
  element.append(ruby, text.slice(begin, end));
  return element;
}
