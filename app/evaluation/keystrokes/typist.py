"""A simulated typist: how many letters it takes until each word stands in the list.

Paragraphs as people write them enter, what a typist would see of each word leaves; the
figures made of it are those of `keystrokes` and `typing_time`. The list is that of the
very `Session` a person types with. The rules:

- The typist wants the word up to the next white space or mark. A hyphen, an apostrophe
  or a full stop between letters belongs to it, a full stop behind it where the
  tokenizer takes them for one (`Mr.`). What is not such a word, marks and spaces, is
  typed, and so are the letters of a word that is never offered.
- She looks at the list before the first letter and after each, and takes the word as
  soon as it is there and taking it saves a key. A selection is one key.
- A selection adds a space. One that follows anyway need not be typed then; a closing
  mark takes it back for nothing, as in the live prompt; any other mark costs a
  deletion; at the end of a paragraph it does no harm.
- Each paragraph ends with a key (Enter, "speak").

What stands in front of a word is the true text however it was typed, so one pass does
for every number of slots: what counts is the fewest letters after which the word is
among the first so many.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.words import (
    Found,
    TypedDocument,
    TypedWord,
    is_offered,
    wanted_words,
)
from app.suggestion.composing import CLOSING_MARKS
from app.suggestion.decoding import Suggestion
from app.suggestion.memory import Memory
from app.suggestion.memory_model import MemoryModel, Remembering
from app.suggestion.passed_over import PassedOver
from app.suggestion.predictor import Predictor

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc", "'"))


class Typist:
    """Types documents, one after the other.

    Args:
        predictor: what she is helped by.
        rules: what she keeps to.

    Attributes:
        word_seconds: how long each list took that was the first of a word.
        letter_seconds: the same of those inside a word.
    """

    def __init__(self, predictor: Predictor, rules: TypistRules | None = None) -> None:
        self.rules = rules or TypistRules()
        self.word_seconds: list[float] = []
        self.letter_seconds: list[float] = []
        self._predictor = predictor
        self._memory = Memory()
        self._session = predictor.session()
        self._before = ""  # all of the text in front of the paragraph

    def type(self, paragraphs: Sequence[str]) -> TypedDocument:
        """What she sees of the words of one document."""
        if self._before and not self.rules.one_text:
            self._before = ""
            self._session.set("")
        characters, words = 0, []
        for paragraph in paragraphs:
            text = self.rules.as_typed(paragraph)
            if text:
                characters += len(text) + self.rules.end_key
                places = wanted_words(text, self._predictor.tokenizer)
                words += [self._word(text, *it) for it in places]
                self._finish(text)
        return TypedDocument(characters, tuple(words))

    def _word(self, text: str, begin: int, end: int) -> TypedWord:
        """Types a word of `text`; the list is asked for while it may save a key."""
        rules, predictor = self.rules, self._predictor
        wanted = self._wanted(text, begin, end)
        word = TypedWord(
            end - begin,
            self._beside(text, end),
            is_offered(text[begin:end], predictor.offers, predictor.tokenizer),
            (),
        )
        lists = [_List(size, rules.offer_once) for size in rules.slots]
        for letters in word.places(rules.first_look):
            searched = [it for it in lists if it.found is None]
            if not searched:
                break
            prefix = text[begin : begin + letters]
            offered = self._offered(
                text[: begin + letters],
                max(it.needed(prefix) for it in searched),
                letters == rules.first_look,
            )
            if not offered:  # and more letters never fit where fewer do not
                word = word._replace(empty_at=letters)
                break
            for it in searched:
                shown = [self._fold(found.word) for found in it.show(prefix, offered)]
                it.look(letters, shown, wanted)
        return word._replace(found=tuple(it.found for it in lists))

    def _beside(self, text: str, end: int) -> int:
        """Keys that a selection of the word that ends here saves beside letters."""
        if not self.rules.selection_adds_space or end == len(text):
            return 0
        if text[end].isspace():
            return 1
        is_free = self.rules.marks_take_space_back and text[end] in CLOSING_MARKS
        return 0 if is_free else -1

    def _wanted(self, text: str, begin: int, end: int) -> set[str]:
        """The word, also with the sign in front that may belong to it ('tis, #tag)."""
        wanted = {self._fold(text[begin:end])}
        if begin and self._fold(text[begin - 1]) in "'#@":
            wanted.add(self._fold(text[begin - 1 : end]))
        return wanted

    def _fold(self, word: str) -> str:
        word = word.translate(_APOSTROPHES)
        return word if self.rules.match_case else word.lower()

    def _offered(self, typed: str, count: int, begins: bool) -> list[Suggestion]:
        """The list behind what is typed of a paragraph; its time is taken."""
        began = perf_counter()
        self._session.set(self._before + typed)
        found = self._session.complete(count, typing=True)
        seconds = perf_counter() - began
        (self.word_seconds if begins else self.letter_seconds).append(seconds)
        return found

    def _finish(self, text: str) -> None:
        """The paragraph is done, and context from now on."""
        self._before += text + "\n"
        if self.rules.memory:
            predictor = self._predictor
            self._memory.accept(predictor.tokenizer.tokenize(text))
            memory = MemoryModel(self._memory, predictor.vocabulary)
            self._session = Predictor(
                predictor.vocabulary,
                predictor.tokenizer,
                Remembering(predictor.model, memory),
                names=memory.unknown_tokens(),
            ).session()


class _List:
    """A list of some size, while one word is typed.

    Args:
        size: how many words have room.
        offer_once: see `TypistRules`.

    Attributes:
        found: where the wanted word was; None so far.
    """

    def __init__(self, size: int, offer_once: bool) -> None:
        self.found: Found | None = None
        self._size = size
        self._passed_over = PassedOver() if offer_once else None

    def needed(self, prefix: str) -> int:
        """How many suggestions it takes to fill it."""
        more = self._passed_over.count(prefix) if self._passed_over else 0
        return self._size + more

    def show(self, prefix: str, offered: Sequence[Suggestion]) -> Sequence[Suggestion]:
        """What of that which is offered stands in it."""
        if self._passed_over is None:
            return offered[: self._size]
        return self._passed_over.fresh(prefix, offered, self._size)

    def look(self, letters: int, shown: Sequence[str], wanted: set[str]) -> None:
        """Searches it for one of the `wanted` after so many letters."""
        places = (i for i, word in enumerate(shown, 1) if word in wanted)
        if place := next(places, None):
            self.found = Found(letters, place)
