// Places in a text. JavaScript counts UTF-16 units, where an emoji is two; the server
// counts Unicode code points, where it is one.

const isHigh = (unit) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit) => unit >= 0xdc00 && unit < 0xe000;

/** Whether a place stands between the two units of one code point. */
const cutsPair = (text, place) =>
  isHigh(text.charCodeAt(place - 1)) && isLow(text.charCodeAt(place));

/** How many code points stand in front of a place, which is counted in units. */
export function toPoints(text, place) {
  let points = place;
  for (let i = 1; i < place; i++) if (cutsPair(text, i)) points--;
  return points;
}

/** The place, in units, that a number of code points stands in front of. */
export function toUnits(text, points) {
  let place = 0;
  for (; points > 0 && place < text.length; points--) {
    place += cutsPair(text, place + 1) ? 2 : 1;
  }
  return place;
}

/**
 * What must be replaced to make one text of another, as little as possible.
 *
 * @returns {{begin: number, end: number, inserted: string}} in units of `before`; no
 *   code point is cut.
 */
export function smallestEdit(before, after) {
  const shorter = Math.min(before.length, after.length);
  let begin = 0;
  while (begin < shorter && before.charCodeAt(begin) === after.charCodeAt(begin)) begin++;
  if (cutsPair(before, begin) || cutsPair(after, begin)) begin--;
  let same = 0;
  const last = (text) => text.charCodeAt(text.length - 1 - same);
  while (same < shorter - begin && last(before) === last(after)) same++;
  const cuts = (text) => cutsPair(text, text.length - same);
  if (cuts(before) || cuts(after)) same--;
  return {
    begin,
    end: before.length - same,
    inserted: after.slice(begin, after.length - same),
  };
}
