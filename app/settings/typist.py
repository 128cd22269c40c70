"""How keys are counted: the settings that commands which evaluate share.

Names of rules and numbers of slots are words of a command line here; what they change
about the simulated typist is told to `evaluation.keystrokes.rules` by field and value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import UserError
from app.settings.flags import option

CHARACTERS = 50_000
"""Typed unless more is asked for: a list is asked for some 20,000 times."""

SLOTS = "1,3,5"
MOST_SLOTS = 100
OWN = "own"

# What each name changes about the rules that hold without any.
RULES: dict[str, Mapping[str, Any]] = {
    OWN: {},
    "presage": {
        "end_key": False,
        "match_case": False,
        "one_text": True,
        "offer_once": True,
        "words_only": True,
    },
    "after-first-letter": {"before_first_letter": False},
    "no-space": {"selection_adds_space": False},
    "marks-cost": {"marks_take_space_back": False},
    "no-end-key": {"end_key": False},
    "any-case": {"match_case": False},
    "one-text": {"one_text": True},
    "separate": {"one_text": False},
    "memory": {"memory": True},
    "offer-once": {"offer_once": True},
}


def keystrokes_option() -> Any:
    """The field `keystrokes` of a command's settings."""
    return option(
        CHARACTERS,
        "characters of the text that a simulated typist writes, to count the keys "
        "saved; 0: none (default: %(default)s)",
        type=int,
        metavar="N",
    )


def slots_option() -> Any:
    """The field `slots` of a command's settings."""
    return option(
        SLOTS,
        "how many words the typist's list has: each number is measured "
        "(default: %(default)s)",
        metavar="N,N",
    )


def rules_option() -> Any:
    """The field `rules` of a command's settings."""
    return option(
        OWN,
        "the typist's rules, any with commas between: own (a list before the first "
        "letter and after each, a selection adds the space, capitals matter, a key "
        "ends each paragraph), presage (words only, any-case, one-text, no-end-key, "
        "offer-once), after-first-letter (no list before it), no-space (selections "
        "add none), marks-cost (a key, to take the space back in front of them), "
        "no-end-key, any-case (capitals do not matter), one-text (a document is read "
        "as what follows the one before), separate (each is read anew, as in own), "
        "memory (a personal memory learns each paragraph), offer-once (what was "
        "passed over is not offered again in the same word) (default: %(default)s)",
        metavar="A,B",
    )


def slots_of(given: str) -> tuple[int, ...]:
    """The numbers of slots that a command line names, ascending.

    >>> slots_of("5, 1,3")
    (1, 3, 5)

    Raises:
        UserError: they are no numbers, or none that a list can have.
    """
    try:
        slots = tuple(sorted({int(it) for it in given.split(",")}))
    except ValueError:
        slots = ()
    if not slots or not 1 <= slots[0] <= slots[-1] <= MOST_SLOTS:
        raise UserError(
            f"--slots {given!r}: give numbers from 1 to {MOST_SLOTS} with commas "
            "between them, for instance: --slots 1,3,5."
        )
    return slots


def changes_of(given: str) -> dict[str, Any]:
    """What the rules that a command line names change, by field.

    >>> changes_of("no-end-key,any-case")
    {'end_key': False, 'match_case': False}

    Raises:
        UserError: there is no such rule.
    """
    changes: dict[str, Any] = {}
    for name in given.split(","):
        if name.strip() not in RULES:
            raise UserError(
                f"--rules {given!r}: there is no rule {name.strip()!r}. Choose from: "
                f"{', '.join(RULES)}; several with commas between them."
            )
        changes |= RULES[name.strip()]
    return changes


def check_typist(keystrokes: int, slots: str, rules: str) -> None:
    """Refuses what the typist cannot do.

    Raises:
        UserError: says which flag, and what to do.
    """
    if keystrokes < 0:
        raise UserError(
            f"--keystrokes {keystrokes}: nobody types less than nothing. Give the "
            "number of characters to type, or 0 to leave it out."
        )
    slots_of(slots)
    changes_of(rules)
