"""Keystroke savings as text that a terminal shows.

The part "keystrokes" of a metrics.json enters, lines of plain text leave: what was
typed by which rules, the savings beside their ceilings, the seconds, the waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_HABITS = {"every_key": "looking before every key", "two_looks": "looking twice a word"}
_NAME_WIDTH, _WIDTH = 38, 9


def keystrokes_table(keystrokes: Mapping[str, Any]) -> str:
    """The keys and seconds that suggestions save, and what that was measured on."""
    return "\n".join(
        [
            _heading(keystrokes),
            "",
            *_savings(keystrokes),
            "",
            *_seconds(keystrokes["seconds"]),
            "",
            _waiting(keystrokes),
        ]
    )


def rules_in_words(rules: Mapping[str, Any]) -> str:
    """What the typist kept to, as one sentence."""
    said = [
        "the list is shown before the first letter of a word and after each"
        if rules["before_first_letter"]
        else "the list is shown after each letter",
        "a selection adds the space"
        if rules["selection_adds_space"]
        else "a selection adds no space",
        "capitals matter" if rules["match_case"] else "capitals do not matter",
    ]
    if rules["words_only"]:
        said.append("only words are typed, each with a space")
    if rules["selection_adds_space"] and not rules["marks_take_space_back"]:
        said.append("the space in front of a mark costs a key")
    if rules["end_key"]:
        said.append("each paragraph ends with a key")
    if rules["offer_once"]:
        said.append("no word is offered twice while one is typed")
    if rules["one_text"]:
        said.append("all of it is one text")
    if rules["memory"]:
        said.append("a personal memory learns every paragraph")
    return "; ".join(said)


def _heading(keystrokes: Mapping[str, Any]) -> str:
    characters, documents = keystrokes["characters"], keystrokes["documents"]
    return (
        f"Typed: {characters:,} characters, {keystrokes['words']:,} words, of "
        f"{documents:,} document{'' if documents == 1 else 's'}.\n"
        f"Rules: {rules_in_words(keystrokes['rules'])}."
    )


def _savings(keystrokes: Mapping[str, Any]) -> Iterator[str]:
    """A line of savings, those of each number of slots side by side."""
    slots = list(keystrokes["savings"])
    yield _line("keys saved, by words in the list", slots)
    yield _line("  this model", [_share(it) for it in keystrokes["savings"].values()])
    errors = keystrokes["standard_errors"].values()
    yield _line("    standard error", [_share(it) for it in errors])
    for name, ceiling in keystrokes["ceilings"].items():
        of = {"perfect": "of any model", "vocabulary": "of any with this vocabulary"}
        yield _line(f"  most {of[name]}", [_share(it) for it in ceiling.values()])


def _seconds(seconds: Mapping[str, Any]) -> Iterator[str]:
    """Seconds a word, those of each key time side by side; from when on help pays."""
    keys = [f"{it:g}" for it in seconds["key"]]
    yield _line("seconds a word, by seconds a key", keys)
    yield _line("  without help", [f"{it:.2f}" for it in seconds["without_help"]])
    for habit, name in _HABITS.items():
        for size, found in seconds.get(habit, {}).items():
            pays = found["pays_from"]
            when = "never pays" if pays is None else f"pays from {pays:.2f}"
            cells = [f"{it:.2f}" for it in found["with_help"]]
            yield _line(f"  {size} offered, {name}", [*cells, when])


def _waiting(keystrokes: Mapping[str, Any]) -> str:
    """How long the lists took, and what the process needed."""
    latency = keystrokes["latency_ms"]
    parts = [
        f"{place} {found['median']:.2f} ms (99 % within {found['p99']:.1f})"
        for place, found in (
            ("before a word", latency["word"]),
            ("inside one", latency["letter"]),
        )
        if found["n"]
    ]
    line = f"A list took {', '.join(parts)}."
    peak = keystrokes["peak_memory_bytes"]
    return line if peak is None else f"{line} Most memory: {peak / 1e6:,.0f} MB."


def _line(name: str, cells: list[str]) -> str:
    numbers, rest = cells[:5], cells[5:]
    row = name.ljust(_NAME_WIDTH) + "".join(cell.rjust(_WIDTH) for cell in numbers)
    return "   ".join([row, *rest])


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
