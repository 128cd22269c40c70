// The page. A key makes a change in the editor; `changed` tells the session and the
// blanks; their answers are laid on the desk; `show` draws what lies there.

import { models, Newest, post } from "./api.js";
import { Blanks } from "./blanks.js";
import { Desk } from "./desk.js";
import { Editor } from "./editor.js";
import { Inside } from "./inside.js";
import { actionOf } from "./keys.js";
import { Keystrokes } from "./keystrokes.js";
import { Mirror } from "./mirror.js";
import { taking, takingOneWord } from "./offers.js";
import { followScheme } from "./scheme.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { StatusLine } from "./status.js";
import { SuggestionList } from "./suggestions.js";
import { Why } from "./why.js";

const PHRASE_WORDS = 6; // at most
const WRITTEN_WORDS = 20;
const MOST_CONTEXT = 20_000; // characters in front; more would only be cut off again

const $ = (id) => document.getElementById(id);
const area = $("text");

const settings = new Settings($("settings"), reconsider);
const status = new StatusLine($("status"));
const keystrokes = new Keystrokes($("saved"), $("counted"));
const editor = new Editor(area, {
  onChange: changed,
  onKeys: (keys) => keystrokes.press(keys),
  onParagraph: remember,
});
const session = new Session({
  prepare: meetModels,
  onAnswer: ({ begin, choices }) => {
    status.answered();
    desk.offerWords(begin, choices);
    show();
  },
  onState: (state, sentence) => status.line(state, sentence),
  onError: (sentence) => status.wrong(sentence),
});
const blanks = new Blanks({ ask: fill, onAnswer: show, onError: wrong });
const desk = new Desk(editor, blanks);
const mirror = new Mirror($("mirror"), area);
const list = new SuggestionList($("suggestions"), $("voice"), { onTake: take, onWhy: why });
const reasons = new Why($("why"), () => editor.focus());
const inside = new Inside($("inside"), $("look-inside"), () => ({
  text: editor.text.slice(0, editor.caret),
  model: settings.options.model,
}));
const phrases = new Newest();
let known = []; // the models
let toldLast = null; // the caret and text

// -- what happens ------------------------------------------------------------------------

/** The text or the caret is another one. */
function changed() {
  const { text, caret, hasSelection, isComposing } = editor;
  const now = `${caret} ${hasSelection} ${isComposing} ${text}`;
  if (now === toldLast) return;
  toldLast = now;
  phrases.cancel();
  desk.changed();
  if (!isComposing && !hasSelection) session.tell(text, caret, settings.options);
  blanks.read(text);
  show();
}

/** Which models there are may be another matter after the server was away. */
async function meetModels() {
  const found = await models();
  known = found.models;
  settings.offerModels(known, found.default);
  reconsider();
}

/** The settings are other ones: everything is asked again. */
function reconsider() {
  const model = known.find(({ name }) => name === settings.options.model);
  if (model) {
    settings.limitTo(model);
    editor.movesMarks = !model.pretokenized;
    status.model(model);
  }
  list.resize(settings.options.top);
  blanks.forget();
  desk.offerMore("phrase", 0, null);
  toldLast = null;
  changed();
}

function show() {
  const { text, caret } = editor;
  const { offer, ghost } = desk;
  mirror.show(text, blanks.shown(caret));
  mirror.showGhost(ghost, text.slice(0, caret).split("\n").length - 1);
  list.show(offer?.choices ?? [], offer?.kind ?? "word");
  keystrokes.show(text);
  inside.update();
}

function wrong(error) {
  status.wrong(error.message);
}

// -- what a person asks for --------------------------------------------------------------

function take(number) {
  const { offer } = desk;
  if (offer?.choices[number]) editor.take(taking(offer, number, editor.text));
}

function takeOneWord() {
  editor.take(takingOneWord(desk.offer, editor.text, editor.caret));
}

/** More than a word, which may be taken as a whole or word by word. */
function askForMore(kind, begin, path, question) {
  const { caret } = editor;
  const before = editor.text.slice(0, caret).slice(-MOST_CONTEXT);
  keystrokes.press(1);
  phrases.ask(async (signal) => {
    const response = await post(path, { text: before, ...question }, signal);
    const [{ suggestions }] = (await response.json()).blanks;
    desk.offerMore(kind, begin, begin < caret ? suggestions : spaced(suggestions, before));
    if (suggestions.length === 0) status.wrong("Nothing is likely enough here.");
    show();
  }, wrong);
  editor.focus();
}

/** What goes on behind a word needs a space in front. */
function spaced(choices, before) {
  if (before === "" || /\s$/.test(before)) return choices;
  return choices.map((it) => ({ ...it, word: ` ${it.word}` }));
}

function askForPhrases() {
  const { model, top, temperature, ngrams, cache, memory } = settings.options;
  const begin = desk.wordBegin;
  const typing = begin < editor.caret;
  const asked = { model, top, temperature, ngrams, cache, memory, typing, words: PHRASE_WORDS };
  askForMore("phrase", begin, "/api/complete", asked);
}

function writeOn() {
  const { model, top, temperature, ngrams, cache, memory } = settings.options;
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] >>> 1;
  const asked = { model, top, temperature, ngrams, cache, memory, seed, words: WRITTEN_WORDS };
  // What is drawn by chance follows a text without blanks.
  const text = editor.text.slice(0, editor.caret).split(/_{3,}/).at(-1);
  askForMore("text", editor.caret, "/api/write", { ...asked, text: text.slice(-MOST_CONTEXT) });
}

function why(number) {
  const { offer } = desk;
  if (offer?.kind !== "word" || !offer.choices[number]) return;
  const { model, ngrams, cache, memory } = settings.options;
  const before = editor.text.slice(0, offer.begin).slice(-MOST_CONTEXT);
  reasons.ask(before, offer.choices[number].word, { model, ngrams, cache, memory });
}

async function fill(text, signal) {
  const { model, top, confidence, ngrams, cache, memory } = settings.options;
  const question = { text, model, top, confidence, ngrams, cache, memory };
  const response = await post("/api/fill", question, signal);
  return (await response.json()).blanks.map(({ suggestions }) => suggestions);
}

function remember(paragraph) {
  const { memory, model } = settings.options;
  if (!memory || paragraph.trim() === "" || paragraph.includes("___")) return;
  post("/api/remember", { text: paragraph, model }).catch(wrong);
}

// -- keys --------------------------------------------------------------------------------

const ACTIONS = {
  take: () => {
    if (desk.isDismissed) return false;
    return desk.offer ? take(0) : session.isAsking;
  },
  right: () => desk.ghost !== "" && take(0),
  takeOneWord: () => desk.ghost !== "" && takeOneWord(),
  pick: ({ number }) => number < settings.options.top && take(number),
  dismiss,
  phrases: askForPhrases,
  why: () => why(0),
};

function dismiss() {
  desk.dismiss();
  show();
}

area.addEventListener("keydown", (event) => {
  const action = actionOf(event);
  // What says false leaves the key to the browser.
  if (action && ACTIONS[action.name](action) !== false) event.preventDefault();
});
$("phrases").addEventListener("click", askForPhrases);
$("write-on").addEventListener("click", writeOn);
$("restart").addEventListener("click", () => keystrokes.restart(editor.text));

// -- the beginning -----------------------------------------------------------------------

followScheme($("scheme"), () => inside.update());
list.resize(settings.options.top);
keystrokes.restart(editor.text);

session.open();
editor.focus();
