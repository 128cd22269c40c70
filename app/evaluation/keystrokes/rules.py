"""The rules of the simulated typist: what is typed and costs a key, what is offered."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from app.settings.typist import OWN, SLOTS, changes_of, slots_of

_PLAIN_WORD = re.compile(r"[^\W_]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class TypistRules:
    """What is typed, what costs a key, and what the typist is offered.

    Attributes:
        slots: numbers of words in the list, each measured.
        before_first_letter: the list is shown there too.
        selection_adds_space: see `app.evaluation.keystrokes.typist`.
        marks_take_space_back: for nothing, where they close; else it costs a key.
        end_key: every paragraph ends with one.
        match_case: an offered word with other capitals is not the wanted one.
        one_text: a document is context for the next one; else each is read anew.
        memory: a personal memory accepts every paragraph when it is done.
        offer_once: a word that was in the list and not taken makes room for another
            while the same word is typed; else it stays.
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
    offer_once: bool = False
    words_only: bool = False

    def __post_init__(self) -> None:
        """Refuses lists without a place, and numbers of slots that do not ascend."""
        sizes = list(self.slots)
        if not sizes or sizes[0] < 1 or sizes != sorted(set(sizes)):
            raise ValueError(f"numbers of slots must ascend from 1 or more: {sizes}")

    @classmethod
    def of(cls, names: str = OWN, slots: str = SLOTS) -> TypistRules:
        """The rules that a command line names: see `--rules` and `--slots`.

        Raises:
            UserError: a name or a number is not known.
        """
        return cls(slots=slots_of(slots), **changes_of(names))

    @classmethod
    def presage(cls, slots: str = SLOTS) -> TypistRules:
        """Those of the simulator that comes with Presage 0.9.

        It cuts a text at every mark and types nothing but the words; without help each
        costs its letters and one key more. All of the test is one text. Presage
        offers no word twice while one word is typed.
        Source: Presage 0.9, src/tools/simulator/simulator.cpp and its default
        profile, REPEAT_SUGGESTIONS no.
        """
        return cls.of("presage", slots)

    @property
    def first_look(self) -> int:
        """Letters of a word that are typed before the first list."""
        return 0 if self.before_first_letter else 1

    def as_json(self) -> dict[str, Any]:
        """The rules as they stand in metrics.json."""
        return {**dataclasses.asdict(self), "slots": list(self.slots)}

    def as_typed(self, paragraph: str) -> str:
        """What is typed of a paragraph, without the key that ends it.

        White space is one space. Bytes that are no characters, which a file may hold
        all the same, are typed as U+FFFD.
        """
        if self.words_only:
            return "".join(f"{word} " for word in _PLAIN_WORD.findall(paragraph))
        return _SURROGATE.sub("\ufffd", " ".join(paragraph.split()))
