// What the page asks the server beside its session, and which settings go with it.
// `options` are those of settings.js; answers are choices, {word, probability} each.

import { post } from "./api.js";
import { isClosing } from "./offers.js";

const PHRASE_WORDS = 6; // at most
const TEXT_WORDS = 20;
const MOST_CONTEXT = 20_000; // characters in front; more would only be cut off again

/** Phrases that may follow a text, or finish the word that it ends in. */
export async function phrases(text, isTyping, options, signal) {
  const question = {
    ...options,
    text: text.slice(-MOST_CONTEXT),
    typing: isTyping,
    words: PHRASE_WORDS,
    // Where nobody wants any, the server knows what a phrase needs to be worth reading.
    confidence: options.confidence || null,
  };
  return (await choices("/api/complete", question, signal))[0];
}

/** Texts that may follow a text, drawn by chance: other ones every time. */
export async function texts(text, movesMarks, { confidence, ...options }, signal) {
  const question = {
    ...options,
    text: text.split(/_{3,}/).at(-1).slice(-MOST_CONTEXT), // a blank cannot be read
    words: TEXT_WORDS,
    seed: crypto.getRandomValues(new Uint32Array(1))[0] >>> 1,
  };
  const [found] = await choices("/api/write", question, signal);
  if (text === "" || /\s$/.test(text)) return found;
  return found.map((it) => (movesMarks && isClosing(it.word) ? it : spaced(it)));
}

/** The candidates for every blank of a paragraph. */
export async function fillings(paragraph, { temperature, ...options }, signal) {
  return choices("/api/fill", { ...options, text: paragraph }, signal);
}

/** Why a word may follow a text: see POST /api/why. */
export async function reasons(text, word, { model, ngrams, cache, memory }, signal) {
  const question = { text: text.slice(-MOST_CONTEXT), word, model, ngrams, cache, memory };
  return (await post("/api/why", question, signal)).json();
}

/** Lets the personal memory learn from a paragraph, where a person wants that. */
export async function remember(paragraph, { memory, model }) {
  if (!memory || paragraph.trim() === "" || paragraph.includes("___")) return;
  await post("/api/remember", { text: paragraph, model });
}

async function choices(path, question, signal) {
  const { blanks } = await (await post(path, question, signal)).json();
  return blanks.map(({ suggestions }) => suggestions);
}

const spaced = ({ word, probability }) => ({ word: ` ${word}`, probability });
