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

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np

from app.suggestion.memory import Memory
from app.suggestion.memory_model import MemoryModel, Remembering
from app.suggestion.predictor import Predictor

# The marks that the live prompt sets right behind a word, before the space it added.
CLOSING_MARKS = ".,;:!?)]}"

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc", "'"))
_LETTER = "[^\\W_][\u0300-\u036f]*"  # or digit, with the accents that stand alone
_WORD = re.compile(rf"(?:{_LETTER})+(?:['\u2019.,&\u2010\u2011-](?:{_LETTER})+)*")
_GIVEN_WORD = re.compile(r"(?<!\S)[^\W_]\S*")
_PLAIN_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class TypistRules:
    """What is typed, what costs a key, and what the typist is offered.

    Attributes:
        slots: numbers of words in the list, each measured.
        before_first_letter: the list is shown there too.
        selection_adds_space: see the module.
        marks_take_space_back: for nothing, where they close; else it costs a key.
        end_key: every paragraph ends with one.
        match_case: an offered word with other capitals is not the wanted one.
        one_text: a document is context for the next one; else each is read anew.
        memory: a personal memory accepts every paragraph when it is done.
        words_only: all but letters and digits is left out before anything is typed,
            and each word is followed by a space.
    """

    slots: tuple[int, ...] = (1, 3, 5)
    before_first_letter: bool = True
    selection_adds_space: bool = True
    marks_take_space_back: bool = True
    end_key: bool = True
    match_case: bool = True
    one_text: bool = False
    memory: bool = False
    words_only: bool = False

    def __post_init__(self) -> None:
        """Refuses lists without a place, and numbers of slots that do not ascend."""
        if (
            not self.slots
            or self.slots[0] < 1
            or [*self.slots] != sorted({*self.slots})
        ):
            raise ValueError(f"numbers of slots that ascend from 1, not {self.slots}")

    @classmethod
    def presage(cls) -> TypistRules:
        """Those of the simulator that comes with Presage 0.9.

        It cuts a text at every mark and types nothing but the words; without help each
        costs its letters and one key more. All of the test is one text.
        Source: Presage 0.9, src/tools/simulator/simulator.cpp.
        """
        return cls(end_key=False, match_case=False, one_text=True, words_only=True)

    def as_typed(self, paragraph: str) -> str:
        """What is typed of a paragraph, without the key that ends it."""
        if not self.words_only:
            return paragraph.strip()
        return "".join(f"{word} " for word in _PLAIN_WORD.findall(paragraph))


class Found(NamedTuple):
    """Where the wanted word was found.

    Attributes:
        letters: how many had been typed.
        place: in the list, from 1.
    """

    letters: int
    place: int


class TypedWord(NamedTuple):
    """What the typist saw of a word.

    Attributes:
        letters: that it has.
        beside: keys that a selection saves beside letters: 1 where it types the space
            that follows, -1 where the space has to be deleted.
        in_vocabulary: whether a model with this vocabulary can offer it.
        found: by number of slots, in their order; None where taking it saved nothing.
    """

    letters: int
    beside: int
    in_vocabulary: bool
    found: tuple[Found | None, ...]

    def saved(self, letters: int) -> int:
        """Keys that a selection after so many letters saves, or costs if negative."""
        return self.letters - letters + self.beside - 1

    def saved_by(self, slot: int) -> int:
        """Keys saved with the number of slots at this place in the rules."""
        found = self.found[slot]
        return 0 if found is None else self.saved(found.letters)

    def places(self, first: int) -> range:
        """Letters typed where a look at the list may still save a key.

        Args:
            first: letters before the first list.
        """
        return range(first, max(first, self.letters + self.beside - 1))


class TypedDocument(NamedTuple):
    """A document that was typed.

    Attributes:
        characters: keys without help, those that end paragraphs counted.
        words: what the typist wanted; all other characters are typed.
    """

    characters: int
    words: tuple[TypedWord, ...]


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
        self._in_vocabulary = _InVocabulary(predictor)
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
                words += [self._word(text, *it) for it in self._places(text)]
                self._finish(text)
        return TypedDocument(characters, tuple(words))

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where each wanted word begins and ends."""
        tokenizer = self._predictor.tokenizer
        pattern = _GIVEN_WORD if tokenizer.pretokenized else _WORD
        for match in pattern.finditer(text):
            begin, end = match.span()
            if text[end : end + 1] == "." and not tokenizer.pretokenized:
                end += len(tokenizer.tokenize(text[begin : end + 1])) == 1
            yield begin, end

    def _word(self, text: str, begin: int, end: int) -> TypedWord:
        """Types a word of `text`; the list is asked for while it may save a key."""
        rules, wanted = self.rules, self._wanted(text, begin, end)
        found: list[Found | None] = [None] * len(rules.slots)
        word = TypedWord(
            end - begin,
            self._beside(text, end),
            self._in_vocabulary(text[begin:end]),
            (),
        )
        first = 0 if rules.before_first_letter else 1
        for letters in word.places(first):
            offered = self._offered(text[: begin + letters], letters == first)
            places = (i for i, it in enumerate(offered, 1) if it in wanted)
            if place := next(places, None):
                for slot, size in enumerate(rules.slots):
                    if found[slot] is None and place <= size:
                        found[slot] = Found(letters, place)
            if None not in found:
                break
        return word._replace(found=tuple(found))

    def _beside(self, text: str, end: int) -> int:
        """Keys that a selection of the word that ends here saves beside letters."""
        if not self.rules.selection_adds_space or end == len(text):
            return 0
        if text[end].isspace():
            return 1
        is_free = self.rules.marks_take_space_back and text[end] in CLOSING_MARKS
        return 0 if is_free else -1

    def _wanted(self, text: str, begin: int, end: int) -> set[str]:
        """The word, also with the apostrophe in front that may belong to it."""
        wanted = {self._fold(text[begin:end])}
        if begin and self._fold(text[begin - 1]) == "'":
            wanted.add(self._fold(text[begin - 1 : end]))
        return wanted

    def _fold(self, word: str) -> str:
        word = word.translate(_APOSTROPHES)
        return word if self.rules.match_case else word.lower()

    def _offered(self, typed: str, begins: bool) -> list[str]:
        """The list behind what is typed of a paragraph; its time is taken."""
        began = perf_counter()
        self._session.set(self._before + typed)
        found = self._session.complete(self.rules.slots[-1], typing=True)
        seconds = perf_counter() - began
        (self.word_seconds if begins else self.letter_seconds).append(seconds)
        return [self._fold(it.word) for it in found]

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


class _InVocabulary:
    """Whether a word can be offered by what a vocabulary holds, whatever its case.

    Args:
        predictor: says what may be offered, and how a word is cut into tokens.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._vocabulary = predictor.vocabulary
        self._offers = predictor.offers
        self._tokenize = predictor.tokenizer.tokenize

    def __call__(self, word: str) -> bool:
        host, *clitics = self._vocabulary.encode(self._tokenize(word)).tolist()
        row = int(np.searchsorted(self._offers.host_ids, host))
        if row == len(self._offers.host_ids) or self._offers.host_ids[row] != host:
            return False
        if not clitics:
            return bool(self._offers.is_alone[row])
        columns = np.flatnonzero(self._vocabulary.clitic_ids == clitics[0])
        return len(clitics) == 1 and bool(self._offers.may_join[row, columns].any())


def as_dict(rules: TypistRules) -> dict[str, object]:
    """The rules, ready for JSON."""
    return {**dataclasses.asdict(rules), "slots": list(rules.slots)}
