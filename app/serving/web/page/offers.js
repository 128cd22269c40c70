// What is offered at the caret, and what taking it does to the text. Pure: nothing here
// knows the page. Places are counted in UTF-16 units.

import { smallestEdit } from "./offsets.js";

/** Marks that stand right behind a word: they go in front of the space it brought. */
export const CLOSING_MARKS = ".,;:!?)]}";

/**
 * @typedef {object} Offer
 * @property {"word" | "phrase" | "text" | "blank"} kind "text" was drawn by
 *   chance: its probability says nothing
 * @property {number} begin where the word begins that would be replaced, or the blank.
 * @property {number} end where it ends; behind the caret's letters for words.
 * @property {{word: string, probability: number}[]} choices the likeliest first.
 */

/** An offer without the choices that the letters typed since have ruled out. */
export function fitting(offer, text, caret) {
  const typed = text.slice(offer.begin, caret);
  const choices = offer.choices.filter(({ word }) => begins(word, typed));
  return { ...offer, end: caret, choices };
}

/** What is missing of the best choice, where nothing stands behind the caret. */
export function ghostOf(offer, text, caret) {
  if (!offer?.choices.length || offer.kind === "blank") return "";
  if (!endsLine(text, caret) || offer.begin > caret) return "";
  const [{ word }] = offer.choices;
  const typed = text.slice(offer.begin, caret);
  return begins(word, typed) ? word.slice(typed.length) : "";
}

/**
 * What taking a choice does.
 *
 * @returns {{begin: number, end: number, inserted: string, caret: number,
 *   hasAddedSpace: boolean}} what is replaced, and where the caret stands then.
 */
export function taking(offer, number, text) {
  return replacing(offer, offer.choices[number].word, text);
}

/** What taking the first word of the ghost does; of a single word, all of it. */
export function takingOneWord(offer, text, caret) {
  const [{ word }] = offer.choices;
  const typed = caret - offer.begin;
  const [first] = /^\s*\S*/.exec(word.slice(typed));
  return replacing(offer, word.slice(0, typed) + first, text);
}

function replacing({ kind, begin, end }, word, text) {
  const next = text[end];
  const hasAddedSpace =
    kind !== "blank" && (endsLine(text, end) || !(next === " " || CLOSING_MARKS.includes(next)));
  const stepsOver = kind !== "blank" && next === " ";
  const inserted = hasAddedSpace ? `${word} ` : word;
  // Letters that stand there already are left alone, so that undo does not select them.
  const edit = smallestEdit(text.slice(begin, end), inserted);
  return {
    begin: begin + edit.begin,
    end: begin + edit.end,
    inserted: edit.inserted,
    caret: begin + inserted.length + (stepsOver ? 1 : 0),
    hasAddedSpace,
  };
}

const endsLine = (text, place) => place === text.length || text[place] === "\n";

const begins = (word, letters) =>
  word.slice(0, letters.length).toLowerCase() === letters.toLowerCase();
