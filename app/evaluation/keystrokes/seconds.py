"""Seconds that suggestions save, so that a long list is not free: it has to be read.

What a typist saw of each word enters, seconds leave. The model is one of sums:

    without help    characters * key
    with help       keystrokes * key + looks * eye movement + words read * item

A look moves the eyes to the list; it is read from the top down to the wanted word, or
to its end where that is not there. A key is the typist's own time for one, a selection
costs the same. Nothing is charged for making up one's mind, so help that does not pay
here does not pay at all; that it may not, although it saves keys, was measured by
Koester and Levine 1994, Modeling the speed of text entry with a word prediction
interface, IEEE Transactions on Rehabilitation Engineering 2(3).

Two habits, where nothing can be saved any more nobody looks:

- `every_key`: a look in front of every key. A word is seen as soon as it is there.
- `two_looks`: one at the beginning of a word, one after two letters; an assumption of
  ours, between looking always and never. What was there after one letter is there
  after two, since only words that do not fit have left the list; where a word is not
  offered twice, nobody can work like this.

Sources: Card, Moran and Newell 1980, The keystroke-level model for user performance
time with interactive systems, for the keys: 0.12 s of a good typist, 0.28 s of one who
is no secretary, 0.5 s for random letters, 1.2 s where the keyboard is unfamiliar; 1 s
and 2 s stand for people who need that long. Card, Moran and Newell 1983, The psychology
of human-computer interaction, chapter 2, for the list: 0.23 s for a movement of the
eyes, and for each word one cycle of the perceptual processor, 0.10 s, and one of the
cognitive, 0.07 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.words import TypedWord

EYE_MOVEMENT = 0.23
ITEM = 0.17
KEYS = (0.12, 0.28, 0.5, 1.0, 2.0)
"""Seconds a key, of fast and slow typists."""

_SECOND_LOOK = 2  # letters typed


class Effort(NamedTuple):
    """What some words cost beside the keys that are pressed in any case.

    Attributes:
        saved: keys not pressed.
        looks: at the list.
        items: words read in it.
    """

    saved: int
    looks: int
    items: int

    @property
    def seconds(self) -> float:
        """Spent on the list."""
        return self.looks * EYE_MOVEMENT + self.items * ITEM


def seconds_figures(
    words: Sequence[TypedWord], characters: int, rules: TypistRules
) -> dict[str, Any]:
    """The part "seconds" of the keystroke figures, all a word.

    Args:
        words: what was seen of each.
        characters: keys without help, of the whole text.
        rules: with which that was seen.

    Returns:
        "key" the key times; "without_help" the seconds with each of them; under the
        name of each habit and each number of slots "with_help" likewise, and
        "pays_from", the key time from which on help saves time; None: it never does.
    """
    count = max(len(words), 1)
    habits: dict[str, Any] = {"every_key": {}}
    if not rules.offer_once:
        habits["two_looks"] = {}
    for habit, by_slots in habits.items():
        for slot, size in enumerate(rules.slots):
            effort = effort_of(words, slot, rules, habit == "two_looks")
            keys = characters - effort.saved
            by_slots[str(size)] = {
                "with_help": [(keys * key + effort.seconds) / count for key in KEYS],
                "pays_from": effort.seconds / effort.saved if effort.saved else None,
            }
    return {
        "eye_movement": EYE_MOVEMENT,
        "item": ITEM,
        "key": list(KEYS),
        "without_help": [characters * key / count for key in KEYS],
        **habits,
    }


def effort_of(
    words: Sequence[TypedWord], slot: int, rules: TypistRules, looks_twice: bool
) -> Effort:
    """What a list of the size `rules.slots[slot]` costs and saves over some words."""
    first = rules.first_look
    saved = looks = items = 0
    for word in words:
        places: Sequence[int] = word.places(first)
        if looks_twice:
            places = [it for it in places if it in (first, _SECOND_LOOK)]
        found = word.found[slot]
        for letters in places:
            looks += 1
            if found is not None and letters >= found.letters:
                saved += word.saved(letters)
                items += found.place
                break
            items += rules.slots[slot]
    return Effort(saved, looks, items)
