r"""Lines to paragraphs: what a page showed as one is one.

Text enters as it stood in a file, with line ends where a typewriter or an editor put
them; paragraphs leave. Three questions are answered here: what parts the paragraphs
(blank lines, or line ends), whether line ends inside them were forced by the width of
the page, and whether a hyphen at a line end belongs to the word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from app.text.readers.encodings import unix_lines
from app.text.readers.report import Report

_BLANK_LINES = re.compile(r"\n\s*\n")
# Colours of a terminal, then single characters: escape, Ctrl-Z, backspace. Those that
# are white space (tab, form feed) stay for `str.split`.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0e-\x1b\x7f]")
_ANY_CONTROL = re.compile(r"[\x00-\x08\x0c\x0e-\x1b\x7f]")
_PAGE_BREAK = re.compile(r"\n?\f\n?")
_INDENTED = re.compile(r"(?:\t| {2,})\S")
_RULE = re.compile(r"[\W_]{3,}")  # * * * and ----- say nothing

_LONG_LINE = 120  # characters; no page is that wide, so the line is a paragraph
_LONG_SHARE = 0.5  # of the text in such lines
_MIN_LINES = 5  # fewer do not tell how wide the page was
_SAMPLE_LINES = 5_000  # tell how the others end
_PAGE_WIDTHS = range(40, 101)
_MIN_FORCED_SHARE = 0.7  # of the line ends, where the next word did not fit
_WIDTH_QUANTILE = 0.95  # a few lines of a ragged page stick out

# Begins with what is rare, so that a text without it is passed over quickly.
_SPLIT_WORD = re.compile(r"([-\u2010\u00ad])(?<=[^\W\d_].)[ \t]*\n[ \t]*([^\W\d_]+)")
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_MAX_WORD = 60  # characters
_EVIDENCE = 1 << 24  # characters of a text that are searched for a word's other forms
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


def paragraphs(
    text: str,
    report: Report | None = None,
    name: str = "",
    *,
    is_wrapped: bool | None = None,
) -> tuple[str, ...]:
    r"""Paragraphs parted by blank lines, or by lines where no line is blank.

    Args:
        text: with line ends of any kind.
        report: is told of joined words.
        name: of the file, for the report.
        is_wrapped: whether lines end where the page ended; None: judged.

    Composed accents (NFC) are what GloVe and keyboards have, so they are made here.

    >>> paragraphs("One is wrapped\nhard.\n\nTwo.")
    ('One is wrapped hard.', 'Two.')
    >>> paragraphs("One.\nTwo.")
    ('One.', 'Two.')
    """
    text = unix_lines(unicodedata.normalize("NFC", text))
    if _ANY_CONTROL.search(text):
        text = _CONTROLS.sub("", _PAGE_BREAK.sub("\n\n", text))
    text = text.strip("\n")
    text, num_joined = join_split_words(text)
    if report is not None:
        report.change("words parted at a line end were joined", name, num_joined)
    return tuple(
        folded
        for piece in _pieces(text, is_wrapped)
        if (folded := " ".join(piece.split())) and not _RULE.fullmatch(folded)
    )


def _pieces(text: str, is_wrapped: bool | None) -> list[str]:
    """The paragraphs of `text`, their line ends still in them."""
    lines = text.split("\n")
    num_long = sum(len(line) for line in lines if len(line) > _LONG_LINE)
    if num_long > _LONG_SHARE * len(text):
        return lines
    if is_wrapped or _BLANK_LINES.search(text):
        return _BLANK_LINES.split(text)
    is_page = _is_wrapped(lines[:_SAMPLE_LINES])
    return list(_unwrapped(lines)) if is_page else lines


def _page_width(lines: list[str]) -> int:
    """The width that all but a few lines keep to."""
    lengths = sorted(len(line.rstrip()) for line in lines)
    return lengths[min(int(_WIDTH_QUANTILE * len(lengths)), len(lengths) - 1)]


def _is_forced(line: str, following: str, width: int) -> bool:
    """Whether the first word of the next line had no room on this one."""
    first_word = following.split(None, 1)[0] if following.strip() else ""
    return len(line.rstrip()) + 1 + len(first_word) > width


def _is_wrapped(lines: list[str]) -> bool:
    """Whether lines end where the page ended, not where the writer ended them."""
    if len(lines) < _MIN_LINES or _page_width(lines) not in _PAGE_WIDTHS:
        return False
    width = _page_width(lines)
    pairs = list(zip(lines, lines[1:], strict=False))
    num_forced = sum(_is_forced(line, following, width) for line, following in pairs)
    return num_forced >= _MIN_FORCED_SHARE * len(pairs)


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Paragraphs of a wrapped page: a new one is indented, or follows a short line."""
    width = _page_width(lines[:_SAMPLE_LINES])
    current = [lines[0]]
    for line, following in zip(lines, lines[1:], strict=False):
        if _INDENTED.match(following) or not _is_forced(line, following, width):
            yield "\n".join(current)
            current = []
        current.append(following)
    yield "\n".join(current)


def join_split_words(text: str) -> tuple[str, int]:
    r"""`text` with the words that a line end cuts made whole, and their number.

    The text itself tells which form is right: one that it has elsewhere. Else it
    keeps the hyphen before a capital letter (`North-America`), between two words of
    the text (`ginger-bread`), and where so few lines end in one that somebody has
    joined all words that a typesetter cut.

    >>> join_split_words("a catas-\ntrophe")[0]
    'a catastrophe'
    >>> join_split_words("the ginger-\nbread and the ginger on the bread")[0]
    'the ginger-bread and the ginger on the bread'
    """
    splits = [(_left(match), match[2]) for match in _SPLIT_WORD.finditer(text)]
    if not splits:
        return text, 0
    words = _counts(text, splits)
    num_lines = text.count("\n") + 1
    is_cut = num_lines < _MIN_CUT_LINES or len(splits) > _CUT_SHARE * num_lines

    def joined(match: re.Match[str]) -> str:
        left, (hyphen, right) = _left(match), match.groups()
        whole, hyphenated = right, f"-{right}"  # what follows `left`
        if hyphen == "\u00ad":
            return whole
        before = text[match.start() - len(left) - 1 : match.start() - len(left)]
        if "-" in (before, text[match.end() : match.end() + 1]):
            return hyphenated  # one of several: cat-and-mouse
        num_whole = words[f"{left}{right}".lower()]
        num_hyphenated = words[f"{left}-{right}".lower()]
        if num_whole or num_hyphenated:
            return whole if num_whole >= num_hyphenated else hyphenated
        if right[0].isupper() or not is_cut:
            return hyphenated
        if left.lower() in _BEGINNINGS or right in _ENDINGS:
            return whole
        are_words = words[left.lower()] > 0 and words[right.lower()] > 0
        return hyphenated if are_words else whole

    return _SPLIT_WORD.sub(joined, text), len(splits)


def _left(match: re.Match[str]) -> str:
    """The letters before a hyphen at a line end."""
    start = match.start()
    before = _LAST_WORD.search(match.string[max(start - _MAX_WORD, 0) : start])
    return before[0] if before else ""


def _counts(text: str, splits: list[tuple[str, str]]) -> Counter[str]:
    """How often each form of the parted words stands in `text` elsewhere."""
    wanted = {
        form.lower()
        for left, right in splits
        for form in (left, right, left + right, f"{left}-{right}")
    }
    counts: Counter[str] = Counter()
    for start in range(0, min(len(text), _EVIDENCE), _EVIDENCE_CHUNK):
        chunk = text[start : start + _EVIDENCE_CHUNK].lower()
        counts.update(word for word in _WORD.findall(chunk) if word in wanted)
    for left, right in splits:  # the halves are no evidence for themselves
        counts[left.lower()] -= 1
        counts[right.lower()] -= 1
    return counts
