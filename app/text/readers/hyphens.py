r"""Words that a line end cuts: made whole, or their hyphen kept.

A text with line ends enters and leaves. Which form of a word is right the text itself
tells, by the forms that it has elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter

# Begins with what is rare, so that a text without it is passed over quickly; most
# texts have the plain hyphen only, which is found five times as fast.
_SPLIT_WORD = r"(%s)(?<=[^\W\d_].)[ \t]*\n[ \t]*([^\W\d_]+)"
_AT_HYPHEN = re.compile(_SPLIT_WORD % "-")
_AT_ANY_HYPHEN = re.compile(_SPLIT_WORD % "[-\u2010\u00ad]")
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_MAX_WORD = 60  # characters
_EVIDENCE = 1 << 24  # characters of a text that are searched for a word's other forms
_LONG_TEXT = 1 << 23  # characters; more may follow, whose words are looked up in it
_EVIDENCE_CHUNK = 1 << 20
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Where more than this share of lines ends in a hyphen, a typesetter cut the words;
# below it somebody has joined them, and the hyphens that are left belong there.
# Measured on 36 novels: 2.6 to 12 % against 0 to 0.7 %.
_CUT_SHARE = 0.015
_MIN_CUT_LINES = 50  # fewer lines do not tell; most texts are cut
# Words of their own that begin or end others far more often: in-form, need-less.
_BEGINNINGS = frozenset(
    "a at be down for fore here in mis out over re there un under up with".split()
)
_ENDINGS = frozenset(
    "able age body comes ever fully kind less like self selves ship son thing things "
    "times ward where".split()
)


class SplitWords:
    r"""Makes the words of one text whole that its line ends cut.

    A form that the text has elsewhere is right. Else the hyphen stays before a capital
    letter (`North-America`), between two words of the text (`ginger-bread`), and where
    so few lines end in one that somebody has joined all words that a typesetter cut.
    Of a text in sections, the first tells all this.

    >>> SplitWords().join("a catas-\ntrophe")
    ('a catastrophe', 1)
    >>> SplitWords().join("the ginger-\nbread and the ginger on the bread")[0]
    'the ginger-bread and the ginger on the bread'
    """

    def __init__(self) -> None:
        self._is_cut: bool | None = None
        self._words: Counter[str] = Counter()  # of a long first section

    def join(self, text: str) -> tuple[str, int]:
        """The next section without cut words, and how many there were."""
        is_plain = "\u00ad" not in text and "\u2010" not in text
        pattern = _AT_HYPHEN if is_plain else _AT_ANY_HYPHEN
        splits = [(_left(match), match[2]) for match in pattern.finditer(text)]
        if self._is_cut is None:
            num_lines = text.count("\n") + 1
            is_short = num_lines < _MIN_CUT_LINES
            self._is_cut = is_short or len(splits) > _CUT_SHARE * num_lines
        if not splits:
            return text, 0
        words = self._words or _counts(text, splits)
        if len(text) > _LONG_TEXT:
            self._words = words
        joined = pattern.sub(lambda match: self._joined(match, words), text)
        return joined, len(splits)

    def _joined(self, match: re.Match[str], words: Counter[str]) -> str:
        """What follows the left half of a word, with its hyphen or without."""
        text = match.string
        left, (hyphen, right) = _left(match), match.groups()
        whole, hyphenated = right, f"-{right}"
        if hyphen == "\u00ad":
            return whole
        before = text[match.start() - len(left) - 1 : match.start() - len(left)]
        if "-" in (before, text[match.end() : match.end() + 1]):
            return hyphenated  # one of several: cat-and-mouse
        num_whole = words[f"{left}{right}".lower()]
        num_hyphenated = words[f"{left}-{right}".lower()]
        if num_whole or num_hyphenated:
            return whole if num_whole >= num_hyphenated else hyphenated
        if right[0].isupper() or not self._is_cut:
            return hyphenated
        if left.lower() in _BEGINNINGS or right in _ENDINGS:
            return whole
        are_words = words[left.lower()] > 0 and words[right.lower()] > 0
        return hyphenated if are_words else whole


def _left(match: re.Match[str]) -> str:
    """The letters before a hyphen at a line end."""
    start = match.start()
    before = _LAST_WORD.search(match.string[max(start - _MAX_WORD, 0) : start])
    return before[0] if before else ""


def _counts(text: str, splits: list[tuple[str, str]]) -> Counter[str]:
    """How often each form of the parted words stands in `text` elsewhere.

    Of a long text all words are counted, because others may be parted in the next.
    """
    is_long = len(text) > _LONG_TEXT
    wanted = {
        form.lower()
        for left, right in splits
        for form in (left, right, left + right, f"{left}-{right}")
    }
    counts: Counter[str] = Counter()
    for start in range(0, min(len(text), _EVIDENCE), _EVIDENCE_CHUNK):
        chunk = text[start : start + _EVIDENCE_CHUNK].lower()
        words = _WORD.findall(chunk)
        counts.update(words if is_long else (word for word in words if word in wanted))
    for left, right in splits:  # the halves are no evidence for themselves
        counts[left.lower()] -= 1
        counts[right.lower()] -= 1
    return counts
