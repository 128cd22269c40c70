// The settings: what their controls say, and what is remembered of it in this browser.
// The text is never stored.

const KEY = "nextword.settings";

export class Settings {
  #form;

  /**
   * @param {HTMLFormElement} form its controls are named as the API names the options.
   * @param {() => void} onChange
   */
  constructor(form, onChange) {
    this.#form = form;
    const kept = stored();
    for (const control of this.#controls) {
      const value = kept[control.name];
      if (control.type === "checkbox" && typeof value === "boolean") control.checked = value;
      // A range keeps to its bounds whatever it is given.
      if (control.type === "range" && typeof value === "number") control.value = value;
      tell(control);
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", ({ target }) => {
      tell(target);
      this.#store();
      onChange();
    });
  }

  /** What the person wants, under the names of the API. */
  get options() {
    const options = {};
    for (const control of this.#controls) options[control.name] = valueOf(control);
    return { ...options, confidence: options.confidence / 100 };
  }

  /** Offers the models to choose from, where there is a choice. */
  offerModels(models, usual) {
    const choice = this.#form.elements.model;
    const wanted = choice.value || stored().model;
    choice.replaceChildren(...models.map(({ name }) => new Option(name, name)));
    choice.value = models.some(({ name }) => name === wanted) ? wanted : usual;
    choice.closest(".field").hidden = models.length < 2;
  }

  /** Switches off what a model, or the server, has not got; the page says why. */
  limitTo({ parts, memory }) {
    const { ngrams: counted, cache, memory: remembered } = this.#form.elements;
    counted.disabled = !parts.includes("ngrams");
    cache.disabled = !parts.includes("cache");
    remembered.disabled = !memory;
  }

  get #controls() {
    return [...this.#form.elements].filter((it) => it.name);
  }

  #store() {
    const values = this.#controls.map((it) => [it.name, wish(it)]);
    keep(Object.fromEntries(values));
  }
}

/** What a person wants of a control, which another model may have. */
function wish(control) {
  if (control.type === "checkbox") return control.checked;
  return control.type === "range" ? Number(control.value) : control.value;
}

/** The same, as far as it can be had. */
const valueOf = (control) => (control.disabled ? false : wish(control));

/** Says the value of a slider beside it, and to a screen reader. */
function tell(control) {
  if (control.type !== "range") return;
  const { unit = "", digits = 0 } = control.dataset;
  const told = `${Number(control.value).toFixed(digits)}${unit}`;
  control.setAttribute("aria-valuetext", told);
  control.closest(".field").querySelector("output").textContent = told;
}

/** What is remembered; nothing where the browser keeps nothing. */
export function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** Remembers some settings beside the others. */
export function keep(values) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), ...values }));
  } catch {
    // Private windows refuse: the settings then last as long as the page.
  }
}
