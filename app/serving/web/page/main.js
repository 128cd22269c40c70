// The page. A key makes a change in the editor; `changed` tells the session and the
// blanks; their answers are laid on the desk; `show` draws what lies there.

import { models, Newest } from "./api.js";
import { Blanks } from "./blanks.js";
import { Desk } from "./desk.js";
import { Editor } from "./editor.js";
import { Inside } from "./inside.js";
import { actionOf } from "./keys.js";
import { Keystrokes } from "./keystrokes.js";
import { Mirror } from "./mirror.js";
import { taking, takingOneWord } from "./offers.js";
import { fillings, phrases, remember, texts } from "./questions.js";
import { followScheme } from "./scheme.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { StatusLine } from "./status.js";
import { SuggestionList } from "./suggestions.js";
import { Why } from "./why.js";

const $ = (id) => document.getElementById(id);
const area = $("text");

const settings = new Settings($("settings"), reconsider);
const status = new StatusLine($("status"));
const keystrokes = new Keystrokes($("saved"), $("counted"));
const editor = new Editor(area, {
  onChange: changed,
  onKeys: (keys) => keystrokes.press(keys),
  onParagraph: (paragraph) => remember(paragraph, settings.options).catch(wrong),
});
const session = new Session({
  prepare: meetModels,
  onAnswer: ({ begin, choices, model }) => {
    status.answered();
    if (!known.some((it) => isSameVersion(it, model))) meetModels().catch(wrong);
    desk.offerWords(begin, choices);
    show();
  },
  onState: (state, sentence) => status.line(state, sentence),
  onError: (sentence) => status.wrong(sentence),
});
const blanks = new Blanks({
  ask: (paragraph, signal) => fillings(paragraph, settings.options, signal),
  onAnswer: show,
  onError: wrong,
});
const desk = new Desk(editor, blanks);
const mirror = new Mirror($("mirror"), area);
const list = new SuggestionList($("suggestions"), $("voice"), { onTake: take, onWhy: why });
const reasonsPanel = new Why($("why"), () => editor.focus());
const inside = new Inside($("inside"), $("look-inside"), () => ({
  text: editor.text.slice(0, editor.caret),
  model: settings.options.model,
}));
const more = new Newest(); // phrases and texts
let known = []; // the models
let toldLast = null; // the caret and text

// -- what happens ------------------------------------------------------------------------

/** The text or the caret is another one. */
function changed() {
  const { text, caret, hasSelection, isComposing } = editor;
  const now = `${caret} ${hasSelection} ${isComposing} ${text}`;
  if (now === toldLast) return;
  toldLast = now;
  more.cancel();
  desk.changed();
  reasonsPanel.check(text);
  if (!isComposing && !hasSelection) session.tell(text, caret, settings.options);
  blanks.read(text);
  show();
}

/** Which models there are is asked whenever the server was away, or has a new version. */
async function meetModels() {
  const found = await models();
  known = found.models;
  settings.offerModels(known, found.default);
  reconsider();
}

const isSameVersion = (one, other) =>
  one.name === other.name && one.version === other.version;

/** The settings are other ones: everything is asked again. */
function reconsider() {
  const model = known.find(({ name }) => name === settings.options.model);
  if (model) {
    settings.limitTo(model);
    editor.movesMarks = !model.pretokenized;
    status.model(model);
  }
  list.resize(settings.options.top);
  reasonsPanel.hide();
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
  if (offer?.choices[number]) put(taking(offer, number, editor.text, editor.movesMarks));
}

function takeOneWord() {
  const { text, caret, movesMarks } = editor;
  put(takingOneWord(desk.offer, text, caret, movesMarks));
}

function put(taken) {
  if (taken.closesUp) desk.closeUp();
  editor.take(taken);
}

/** More than a word, which may be taken as a whole or word by word. */
function askForMore(kind, begin, ask) {
  keystrokes.press(1);
  more.ask(async (signal) => {
    const choices = await ask(editor.text.slice(0, editor.caret), signal);
    desk.offerMore(kind, begin, choices);
    if (choices.length === 0) status.wrong("Nothing is likely enough here.");
    show();
  }, wrong);
  editor.focus();
}

function askForPhrases() {
  const begin = desk.wordBegin;
  const isTyping = begin < editor.caret;
  askForMore("phrase", begin, (text, signal) =>
    phrases(text, isTyping, settings.options, signal));
}

function writeOn() {
  askForMore("text", editor.caret, (text, signal) =>
    texts(text, editor.movesMarks, settings.options, signal));
}

function why(number) {
  const { offer } = desk;
  if (offer?.kind !== "word" || !offer.choices[number]) return;
  const before = editor.text.slice(0, offer.begin);
  reasonsPanel.ask(before, offer.choices[number].word, settings.options);
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
