"""Which encoding a text is in that does not say so and is not UTF-8.

Bytes enter, text and the name of an encoding leave. The encodings of one byte a letter
all fit nearly any bytes, so the letters tell: read rightly, they are those of one
language, in their usual share, and capitals stand where capitals may. Encodings of
several bytes a letter are charset_normalizer's business.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# The first of several that read a text equally well; the most common ones first.
_ENCODINGS = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso-8859-2",
    "iso-8859-15", "koi8-r", "koi8-u", "cp866", "iso-8859-5", "iso-8859-7", "cp1255",
    "cp1256", "mac-roman", "cp850", "cp437", "cp852",
)  # fmt: skip
# Letters beyond a to z, those of one language in each word.
_LATIN = (
    "éèàùçâêîôûëïüœæ éáíóúñü äöüß ãõáéíóúâêôçàü åäöéü æøåéö àèéìòù éëïóöüá áéíóúýðþæö "
    "áéíóöőúüű áčďéěíňóřšťúůýž áäčďéíĺľňóôŕšťúýž ąćęłńóśźż ăâîșțşţ čćđšž çğıiöşüâîû "
    "ąčęėįšųūž āčēģīķļņšūž äöõüšž àèéíòóúçïü"
).split()
# Russian and Bulgarian; Ukrainian; Serbian; Greek; Hebrew; Arabic: their common
# letters, then the others. Wrong encodings of one alphabet swap its letters.
_OTHER_SCRIPTS = (
    ("оеаинтсрвлкмдпуяыьгзб", "чйхжшюцщэфъё"),
    ("оанивіертсклудмпзьяб", "гчйхїєжшюцщфґ"),
    ("аоиенртсјвукдпмлзгб", "чшжцхћђљњфџў"),
    ("αοιετσνηυρπκμλςίάόέήύώω", "γδθβχφξζψϊϋΐΰ"),
    ("אבגדהוזחטיךכלםמןנסעףפץצקרשת", "װױײ"),
    ("الينموترب", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"),
)
_SCRIPTS = (*((letters, "") for letters in _LATIN), *_OTHER_SCRIPTS)
_RARE = 0.4  # what a letter counts that is not a common one
_WRONG = -1.0  # a letter or mark that no language has there
# Marks that stand beside words in any language, and in them only an apostrophe.
_MARKS = frozenset("«»‹›“”„‘’‚–—…•·§°©®€£¢¥¿¡\u00a0\u00adªº№½¼¾²³±×÷†‡™µ")
_OPENING = frozenset("„‚¿¡")
_IN_WORDS = frozenset("’\u00ad–—·")
_MIN_SCORE = 0.75  # of 1; text in an encoding of another kind gets less than 0.5
_NO_WORD = re.compile(r"[^\W\d_]{50}")  # in none of these languages
_SAMPLE_BYTES = 1 << 14  # of lines that tell something
_SAMPLE_CHARACTERS = 300  # beyond ASCII; a hundred would do
_TELLING = re.compile(rb"[\x80-\xff]")
_AROUND = 100  # bytes on both sides of one


class _Place(NamedTuple):
    """A character and what stands beside it."""

    before: str
    character: str
    after: str


class Guess(NamedTuple):
    """A text and the encoding that it was probably in."""

    text: str
    encoding: str


def guess_encoding(data: bytes) -> Guess | None:
    """Text that is not UTF-8 and its likely encoding, or None where it is no text."""
    sample = _telling_lines(data)
    score, place = max(
        (_score(sample, encoding), -place) for place, encoding in enumerate(_ENCODINGS)
    )
    if score >= _MIN_SCORE:
        encoding = _ENCODINGS[-place]
        return Guess(data.decode(encoding, errors="replace"), encoding)
    from charset_normalizer import from_bytes  # most runs never need it

    best = from_bytes(data).best()
    return None if best is None else Guess(str(best), best.encoding)


def _telling_lines(data: bytes) -> bytes:
    """Bytes above 127 and what stands around them, as many as it takes to judge."""
    pieces: list[bytes] = []
    size = end = 0
    while size < _SAMPLE_BYTES and (match := _TELLING.search(data, end)):
        start = data.rfind(b"\n", end, match.start()) + 1
        start = max(start, end, match.start() - _AROUND)
        end = match.start() + _AROUND
        pieces.append(data[start:end])
        size += len(pieces[-1])
    return b"\n".join(pieces)


def _score(sample: bytes, encoding: str) -> float:
    """How well `sample` reads in `encoding`: 1 at best, 0 or less for nonsense."""
    try:
        text = f" {sample.decode(encoding)} "
    except UnicodeDecodeError:  # it does not use some of these bytes
        return 0.0
    if _NO_WORD.search(text):
        return 0.0
    places = [i for i, character in enumerate(text) if character > "\x7f"]
    found = [_Place(*text[i - 1 : i + 2]) for i in places[:_SAMPLE_CHARACTERS]]
    letters = [place for place in found if place.character.isalpha()]
    best = max(sum(_score_letter(p, *script) for p in letters) for script in _SCRIPTS)
    marks = [place for place in found if not place.character.isalpha()]
    return (best + sum(map(_score_mark, marks))) / max(len(found), 1)


def _score_mark(place: _Place) -> float:
    if place.character in _OPENING and place.before.isalpha():
        return _WRONG
    is_in_word = place.before.isalpha() and place.after.isalpha()
    return 1.0 if place.character in (_IN_WORDS if is_in_word else _MARKS) else _WRONG


def _score_letter(place: _Place, common: str, others: str) -> float:
    letter = place.character.replace("\u0130", "i").lower()  # Turkish for I
    if place.character.isupper() and place.before.islower():
        return _WRONG
    is_mixed = any(c.isascii() and c.isalpha() for c in (place.before, place.after))
    if is_mixed and others:  # two scripts in one word
        return _WRONG
    if letter in common:
        return 1.0
    return _RARE if letter in others else _WRONG
