"""Mark-up to prose: what a reader of the page would call its text.

One page of Wikipedia's mark-up enters, its paragraphs leave. Headings, tables, lists
of names, references and picture captions go; of the templates that stand inside
sentences the words that they print stay, because a sentence with a hole in it
teaches a wrong continuation.

Nested mark-up is taken away from the inside out, so that each pattern sees only
what holds no more of its own kind.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

_MIN_WORDS = 8  # shorter lines are captions and labels that lost their table
_MIN_LIST_WORDS = 12  # shorter items are names and links, not sentences
_HOLE = "\ufffc"  # stands for a formula, until its sentence is dropped

# Sections that hold links and titles; those below them go too.
_LINK_SECTIONS = re.compile(
    r"(?i)see also|.*\breferences?|.*external links?|.*further reading|.*\bnotes"
    r"|.*bibliography|.*\bsources|.*footnotes|.*citations|.*publications|works"
    r"|.*works cited|.*filmography|.*discography|gallery|selected .*works.*"
)
_HEADING = re.compile(r"(={2,6})\s*(.*?)\s*\1\s*")
_INVISIBLE = re.compile(
    r"(?is)<!--.*?-->|<ref\b[^<>]*/\s*>|<ref\b.*?</ref\s*>"
    r"|<(gallery|timeline|imagemap|table|pre|source|syntaxhighlight|div|references)\b"
    r"[^<>]*>.*?</\1\s*>|__[A-Z]+__"
)
_FORMULA = re.compile(r"(?is)<math\b.*?</math\s*>")
_LINE_BREAK = re.compile(r"(?i)<br\b[^<>]*>")
_BLOCK = re.compile(r"(?i)</?(?:hr|p|li|ol|ul|blockquote|poem|center)\b[^<>]*>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TEMPLATE = re.compile(r"(?s)\{\{((?:(?!\{\{|\}\}|\[\[).)*)\}\}")
_LINK = re.compile(r"(?s)\[\[((?:(?!\[\[|\]\]|\{\{).)*)\]\]")
_TABLE = re.compile(r"(?s)\{\|(?:(?!\{\||\|\}).)*\|\}")
_EXTERNAL_LINK = re.compile(r"\[(?:https?:)?//[^\s|{}\[\]]*([^\]]*)\]")
_URL = re.compile(r"https?://[^\s|{}<>\[\]]+")
# Links into other name spaces print nothing, but [[wikt:word|word]] prints word.
_SILENT_LINK = re.compile(r"(?i)(?:file|image|media|category|special|[a-z]{2}):")

_TABLE_MARKS = ("|", "!", "{", "}")
_LINE_MARKS = (*_TABLE_MARKS, "*", "#", ":", ";", "=")
_LIST_ITEM = re.compile(r"[*#:;]+\s*")
_NOTE = re.compile(r"(?i):+\s*''|(?:for|see) (?:other uses|also|the )\b.*\bsee\b")
_SENTENCE_END = re.compile(r"[.!?][\"'\u201d\u2019)\]]*$")
_SENTENCE_GAP = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"(])")

# What filtered pronunciations and dates leave: "( ; )", "(, born 1950)", "a , b".
_REPAIRS = (
    (re.compile(r"'{2,}"), ""),
    (re.compile(r"\[(?:[0-9]+|[a-z])\](?![a-z])"), ""),  # [1], typed footnote marks
    (
        re.compile(r"\(\s*(?:(?:or|and|also|from|in|IPA|[A-Z][a-z]+):?\s*)?(?=[;,:])"),
        "(",
    ),
    (re.compile(r"\(\s*[;,:\s]+"), "("),
    (re.compile(r"[;,:\s]+\)"), ")"),
    (re.compile(r"\(\s*(?:or|and|also|pronounced|listen)?\s*\)"), ""),
    (re.compile(r"\s+([,.;:!?)])(?![0-9])"), r"\1"),
    (re.compile(r"([,;:])(?:\s*[,;])+"), r"\1"),
    (re.compile(r",\."), "."),
    (re.compile(r"^[\s,;:.)]+"), ""),
    (re.compile(r"\s+"), " "),
    (re.compile(r" $"), ""),
)

_UNITS = {
    "mi": "miles",
    "ft": "feet",
    "in": "inches",
    "yd": "yards",
    "lb": "pounds",
    "acre": "acres",
    "ha": "hectares",
    "nmi": "nautical miles",
    "ft/s": "feet per second",
    "oilbbl": "barrels",
    "koilbbl": "thousand barrels",
    "Moilbbl": "million barrels",
    "Goilbbl": "billion barrels",
    "e6acre": "million acres",
    "sqmi": "square miles",
    "sqft": "square feet",
    "km2": "square kilometres",
    "sqkm": "square kilometres",
    "m2": "square metres",
    "m3": "cubic metres",
    "F": "\u00b0F",
    "C": "\u00b0C",
    "C-change": "\u00b0C",
}
_RANGE_WORDS = {"-": "to", "\u2013": "to", "x": "by", "to(-)": "to", "and(-)": "and"}
_NUMBER = re.compile(r"[-\u2212]?[0-9][0-9,./]*")
# Templates that print one of their arguments, and which.
_PRINTS_FIRST = frozenset(
    "nowrap nobr small smaller big sc sub sup quote blockquote cquote angbr nihongo "
    "vanchor visible flag keypress tooltip ship unicode polytonic nobold resize "
    "abbr val circa marriage".split()
)
_PRINTS_LAST = frozenset("lang transl script".split())
_PRINTS_FIXED = {
    "'s": "'s",
    "'": "'",
    "nbsp": " ",
    "spaces": " ",
    "snd": " \u2013 ",
    "spaced ndash": " \u2013 ",
    "ndash": "\u2013",
    "mdash": "\u2014",
    "mdashb": "\u2014",
    "=": "=",
    "pipe": "|",
}


def clean_wikitext(markup: str) -> tuple[str, ...]:
    r"""The paragraphs of prose in a page of MediaWiki mark-up.

    >>> clean_wikitext("'''Ayn''' ({{IPA|aɪn}}) was a [[novelist|writer]] who lived "
    ...     "in [[Russia]].<ref>x</ref>\n== See also ==\n* [[Novel]]")
    ('Ayn was a writer who lived in Russia.',)
    """
    text = _FORMULA.sub(_HOLE, _INVISIBLE.sub("", markup))
    text = _URL.sub("", _EXTERNAL_LINK.sub(r"\1", text))
    text = _inside_out(text)
    text = _BLOCK.sub("\n\n", _LINE_BREAK.sub(" ", text))
    text = html.unescape(html.unescape(_TAG.sub("", text)))
    lines = (_prose(line) for line in _joined(_text_sections(text.split("\n"))))
    return tuple(line for line in lines if len(line.split()) >= _MIN_WORDS)


def _inside_out(text: str) -> str:
    """`text` with its links and templates printed and its tables removed."""
    before = None
    while text != before:
        before = text
        text = _LINK.sub(lambda match: _print_link(match[1]), text)
        text = _TEMPLATE.sub(lambda match: _print_template(match[1]), text)
    while text != (text := _TABLE.sub("\n", text)):
        pass
    return text


def _print_link(content: str) -> str:
    """What `[[content]]` shows."""
    if _SILENT_LINK.match(content):
        return ""
    target, _, shown = content.partition("|")
    return (shown or target).lstrip(":")


def _print_template(content: str) -> str:
    """What `{{content}}` shows inside a sentence; most show nothing there.

    >>> _print_template("convert|3|to|5|km|mi|abbr=on"), _print_template("fact|2015")
    ('3 to 5 km', '')
    """
    name, *fields = (field.strip() for field in content.split("|"))
    name = name.lower()
    fields = [field for field in fields if not re.match(r"[A-Za-z_ -]+=", field)]
    if name in _PRINTS_FIXED:
        return _PRINTS_FIXED[name]
    if not fields:
        return ""
    if name in ("convert", "cvt"):
        return _print_convert(fields)
    if name in ("chem", "linktext"):
        return "".join(fields)
    if name == "frac":
        return "/".join(fields)
    if name in ("uss", "hms"):
        return f"{name.upper()} {fields[0]}"
    if name == "as of":
        return f"{'as' if 'lc=' in content else 'As'} of {fields[0]}"
    if name in _PRINTS_LAST:
        return fields[-1]
    return fields[0] if name in _PRINTS_FIRST or name.startswith("lang-") else ""


def _print_convert(fields: list[str]) -> str:
    """The quantity that a conversion starts from, its unit as a word."""
    words = []
    for field in fields:
        if _NUMBER.fullmatch(field):
            words.append(field)
        elif words and _NUMBER.fullmatch(words[-1]):
            unit = field.removesuffix("/d")
            word = _RANGE_WORDS.get(field, _UNITS.get(unit, unit))
            words.append(word if unit == field else f"{word} a day")
            if field not in _RANGE_WORDS and field not in ("to", "and", "or", "by"):
                break
    return " ".join(words)


def _text_sections(lines: list[str]) -> Iterator[str]:
    """The lines outside headings and outside sections of links and titles."""
    skipped_level = 0  # of the heading under which lines are passed over, or 0
    for line in lines:
        heading = _HEADING.fullmatch(line.strip())
        if heading is None:
            if not skipped_level:
                yield line
            continue
        level = len(heading[1])
        if skipped_level and level > skipped_level:
            continue
        is_links = _LINK_SECTIONS.fullmatch(heading[2].strip("' "))
        skipped_level = level if is_links else 0


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Plain lines that follow each other as one, as a browser shows them."""
    plain: list[str] = []
    for line in (line.strip() for line in lines):
        if line and not line.startswith(_LINE_MARKS):
            plain.append(line)
            continue
        yield " ".join(plain)
        plain = []
        yield line
    yield " ".join(plain)


def _prose(line: str) -> str:
    """A line without its marks and holes, or "" where it is no prose."""
    if _NOTE.match(line) or line.startswith(_TABLE_MARKS):
        return ""
    item = _LIST_ITEM.match(line)
    if item:
        line = line[item.end() :]
    for pattern, replacement in _REPAIRS:
        line = pattern.sub(replacement, line)
    # What ends without a full stop was cut off, or announces a list or a formula.
    kept = (s for s in _SENTENCE_GAP.split(line) if _SENTENCE_END.search(s))
    line = " ".join(sentence for sentence in kept if _HOLE not in sentence)
    if not line or line[0].islower() or "ISBN" in line:
        return ""
    return "" if item and len(line.split()) < _MIN_LIST_WORDS else line
