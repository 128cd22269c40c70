// Dark or light: as the system says, until the button is pressed; then as it was left.

import { keep, stored } from "./settings.js";

const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

/** "dark" or "light", as the page is now. */
export const scheme = () => root.dataset.scheme;

/** Lets a button turn the page; `onChange` is called whenever it is turned. */
export function followScheme(button, onChange) {
  const apply = () => {
    root.dataset.scheme = stored().scheme ?? (prefersDark.matches ? "dark" : "light");
  };
  prefersDark.addEventListener("change", () => {
    apply();
    onChange();
  });
  button.addEventListener("click", () => {
    root.dataset.scheme = scheme() === "dark" ? "light" : "dark";
    keep({ scheme: scheme() });
    onChange();
  });
  apply();
}
