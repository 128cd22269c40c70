"use strict";
(() => {
  const root = document.documentElement;

  // Dark or light: as the system says, until the button is pressed. Nothing is stored.
  const button = document.querySelector("#scheme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = (scheme) => {
    root.dataset.scheme = scheme;
  };
  const preferred = () => apply(prefersDark.matches ? "dark" : "light");
  prefersDark.addEventListener("change", preferred);
  preferred();
  button.addEventListener("click", () =>
    apply(root.dataset.scheme === "dark" ? "light" : "dark"));
  button.hidden = false;

  // A table that is wider than its place can be scrolled with the keyboard, too.
  const boxes = document.querySelectorAll(".wide");
  const reach = () => {
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();

  // A sentence: what was expected at the word that is pointed at, read from its table.
  for (const sentence of document.querySelectorAll(".sentence")) {
    const group = sentence.querySelector(".words");
    const words = [...group.querySelectorAll(".word")];
    const rows = sentence.querySelectorAll("tbody tr");
    const told = sentence.querySelector(".told");
    let chosen = -1;

    const choose = (number) => {
      if (number === chosen || number < 0 || number >= words.length) return;
      words[chosen]?.classList.remove("chosen");
      chosen = number;
      words[chosen].classList.add("chosen");
      const [word, probability, bits, expected] =
        [...rows[chosen].cells].map((cell) => cell.textContent);
      const strong = document.createElement("strong");
      strong.textContent = word;
      told.replaceChildren(strong, ` ${probability}, ${bits} bits. Expected: ${expected}`);
      sentence.dispatchEvent(new CustomEvent("chosen", { detail: chosen }));
    };

    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const last = words.length - 1;
    group.tabIndex = 0;
    group.addEventListener("focus", () => choose(Math.max(chosen, 0)));
    group.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      choose(Math.min(Math.max(chosen + step, 0), last));
    });
    for (const [number, word] of words.entries()) {
      word.addEventListener("pointerenter", () => choose(number));
      word.addEventListener("click", () => choose(number));
    }
  }
})();
