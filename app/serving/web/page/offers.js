// What is offered at the caret, and what taking it does to the text. Pure: nothing here
// knows the page. Places are counted in UTF-16 units.

import { smallestEdit } from "./offsets.js";

// Marks that stand right behind a word: they go in front of the space it brought. What
// begins like one and goes on with letters or digits, ".22", is a word of its own.
const CLOSING_MARK = /^[.,;:!?)\]}](?![\p{L}\p{N}])/u;

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

/** Whether a text begins with a mark that stands right behind a word. */
export const isClosing = (text) => CLOSING_MARK.test(text);

/**
 * What taking a choice does.
 *
 * @param {boolean} movesMarks whether a closing mark moves in front of the space before it.
 * @returns {{begin: number, end: number, inserted: string, caret: number,
 *   hasAddedSpace: boolean, closesUp: boolean}} what is replaced, where the caret stands
 *   then, and whether the space in front is gone.
 */
export function taking(offer, number, text, movesMarks) {
  return replacing(offer, offer.choices[number].word, text, movesMarks);
}

/** What taking the first word of the ghost does; of a single word, all of it. */
export function takingOneWord(offer, text, caret, movesMarks) {
  const [{ word }] = offer.choices;
  const typed = caret - offer.begin;
  const [first] = /^\s*\S*/.exec(word.slice(typed));
  return replacing(offer, word.slice(0, typed) + first, text, movesMarks);
}

function replacing({ kind, begin, end }, word, text, movesMarks) {
  const next = text[end];
  const hasAddedSpace =
    kind !== "blank" && (endsLine(text, end) || !(next === " " || isClosing(next)));
  const stepsOver = kind !== "blank" && next === " ";
  const inserted = hasAddedSpace ? `${word} ` : word;
  // What a person has typed of a mark stays where they put it.
  const closesUp = movesMarks && begin === end && isClosing(word) && isSpaced(text, begin);
  const from = begin - (closesUp ? 1 : 0);
  // Letters that stand there already are left alone, so that undo does not select them.
  const edit = smallestEdit(text.slice(begin, end), inserted);
  return {
    begin: from + edit.begin,
    end: begin + edit.end,
    inserted: edit.inserted,
    caret: from + inserted.length + (stepsOver ? 1 : 0),
    hasAddedSpace,
    closesUp,
  };
}

const endsLine = (text, place) => place === text.length || text[place] === "\n";

/** Whether one space, and a word before it, stands in front of a place. */
const isSpaced = (text, place) => /\S $/.test(text.slice(Math.max(0, place - 2), place));

const begins = (word, letters) =>
  word.slice(0, letters.length).toLowerCase() === letters.toLowerCase();
