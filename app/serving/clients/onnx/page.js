// The page around nextword.js: a text, and the words that may follow it.

import { Nextword } from "./nextword.js";

const NUM_SUGGESTIONS = 5;
const RUNTIME = "./ort.wasm.min.mjs"; // of the npm package onnxruntime-web: see README.md

const text = document.getElementById("text");
const list = document.getElementById("suggestions");
const status = document.getElementById("status");

let nextword;
let offered = []; // words, the likeliest first
let isStale = false; // typed while an answer was being worked out
let isBusy = false;
let tabIsFree = false; // after Esc, Tab moves on as it does on other pages

async function start() {
  const began = performance.now();
  const ort = await import(RUNTIME).catch(() => {
    throw new Error(
      "The runtime is missing. Beside this page belong three files of the npm package " +
      "onnxruntime-web:\nort.wasm.min.mjs, ort-wasm-simd-threaded.mjs and " +
      "ort-wasm-simd-threaded.wasm. README.md has the commands.",
    );
  });
  ort.env.wasm.numThreads = 1; // more need headers that plain servers do not send
  nextword = await Nextword.load(ort, ".", document.body.dataset.model);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const words = nextword.words.length.toLocaleString("en");
  status.textContent = `${words} words, loaded in ${seconds} s. Nothing you type leaves this page.`;
  text.disabled = false;
  text.focus();
  await suggest();
}

// Answers what stands in front of the cursor; what is typed meanwhile is answered next.
async function suggest() {
  isStale = true;
  if (isBusy || !nextword) return;
  isBusy = true;
  try {
    while (isStale) {
      isStale = false;
      const front = text.value.slice(0, text.selectionStart);
      const found = await nextword.suggest(front, NUM_SUGGESTIONS);
      if (!isStale) show(found, front);
    }
  } finally {
    isBusy = false;
  }
}

function show(found, front) {
  offered = found.map((it) => it.word);
  list.replaceChildren(...found.map(({ word, probability }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.style.setProperty("--share", `${100 * probability}%`);
    const share = document.createElement("span");
    share.textContent = `${(100 * probability).toFixed(1)} %`;
    button.append(word, share);
    button.addEventListener("click", () => take(word));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  list.dataset.answers = front; // which text they belong to
}

// Puts a word in the place of the letters typed of it, and a space behind it.
function take(word) {
  const { front } = nextword.split(text.value.slice(0, text.selectionStart));
  text.focus();
  text.setSelectionRange(front.length, text.selectionStart);
  document.execCommand("insertText", false, `${word} `); // so that Ctrl+Z takes it back
}

text.addEventListener("keydown", (event) => {
  if (event.key === "Escape") tabIsFree = true;
  const isFirst = event.key === "Tab" && !event.shiftKey && !tabIsFree;
  const place = isFirst ? 0 : event.altKey ? Number(event.key) - 1 : -1;
  if (offered[place] === undefined) return;
  event.preventDefault();
  take(offered[place]);
});
text.addEventListener("input", () => {
  tabIsFree = false;
  suggest();
});
document.addEventListener("selectionchange", suggest);

start().catch((error) => {
  status.classList.add("is-wrong");
  status.textContent = error.message;
});
