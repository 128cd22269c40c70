"""Words that are not offered twice while one word is typed.

Who looks at the list before every key and types on wants none of its words: further
letters make room for others. Suggestions after some letters enter, those that did not
stand in the list after fewer of them leave. With a letter taken back, what was passed
over behind it may be offered again.

Of 25 patent abstracts that saved 59.1 % of the keys instead of 53.0 with one word in
the list, 67.3 instead of 65.7 with three, 69.9 instead of 69.0 with five
(`tests/benchmarks/keystrokes.py`).

Source: Presage 0.9, src/lib/core/selector.cpp, where it is the default.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.suggestion.decoding import Suggestion


class PassedOver:
    """What stood in the list at each beginning of a word that is being typed.

    >>> lists = PassedOver()
    >>> [two, to, ten] = [Suggestion(word, 0.3) for word in ("two", "to", "ten")]
    >>> [it.word for it in lists.fresh("", [two, to], 2)]
    ['two', 'to']
    >>> [it.word for it in lists.fresh("t", [two, to, ten], 2)]
    ['ten']
    """

    def __init__(self) -> None:
        self._shown: dict[str, set[str]] = {}  # by prefix, in lower case

    def count(self, prefix: str) -> int:
        """How many words were passed over before `prefix` was typed."""
        return len(self._before(prefix))

    def fresh(
        self, prefix: str, suggestions: Sequence[Suggestion], count: int
    ) -> list[Suggestion]:
        """The first `count` that were not passed over; they are shown from now on.

        Args:
            prefix: the letters typed so far.
            suggestions: `count` and as many more as were passed over, the best first.
            count: room in the list.
        """
        before = self._before(prefix)
        kept = [it for it in suggestions if it.word.lower() not in before][:count]
        self._shown[prefix] = {it.word.lower() for it in kept}
        return kept

    def _before(self, prefix: str) -> set[str]:
        shorter = (
            words
            for typed, words in self._shown.items()
            if typed != prefix and prefix.startswith(typed)
        )
        return set().union(*shorter)
