// Which key means what. Digits are told by their place on the keyboard (`code`), since
// Alt makes other signs of them on some.

/**
 * What a key asks for.
 *
 * @returns {{name: "take" | "right" | "takeOneWord" | "pick" | "dismiss" | "phrases" |
 *   "why", number?: number} | null} null: nothing of ours.
 */
export function actionOf(event) {
  // 229: an input method has the key.
  if (event.isComposing || event.keyCode === 229) return null;
  const { key, code, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (metaKey || shiftKey) return null;
  if (altKey && !ctrlKey) return withAlt(code);
  if (ctrlKey && !altKey) return withControl(key, code);
  if (altKey || ctrlKey) return null; // AltGr
  return { Tab: { name: "take" }, ArrowRight: { name: "right" }, Escape: { name: "dismiss" } }[key] ?? null;
}

function withAlt(code) {
  const [, digit] = /^(?:Digit|Numpad)([1-9])$/.exec(code) ?? [];
  if (digit) return { name: "pick", number: digit - 1 };
  const named = { KeyP: "phrases", KeyW: "why", ArrowRight: "takeOneWord" }; // as on a Mac
  return named[code] ? { name: named[code] } : null;
}

function withControl(key, code) {
  if (code === "Space") return { name: "phrases" };
  return key === "ArrowRight" ? { name: "takeOneWord" } : null;
}
