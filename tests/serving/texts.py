"""Texts that every tokenizer has to cut alike, whatever it is written in."""

from __future__ import annotations

import random
import re
import unicodedata
from pathlib import Path

from app.text.characters import spellings

GOLDEN = Path(__file__).parents[1] / "data" / "tokenization.tsv"
ESCAPE = re.compile(r"\\(n|t|u[0-9a-f]{4}|U[0-9a-f]{8})")
PIECES = (
    "don't I'm can’t U.S. e.g. Mr. 3,000.50 ... -- — “ ” ' ` . , ! a B Σ ΑΣ İ I \x00"
    " \x85 \u00a0 \u2028 \ufeff ﬁ - _ __ http://a.b a@b.c AT&T \n #tag @me :-) 'tis"
    " a.com \u200d 👩 🏽 🇩🇪 #\u20e3 v1.2 Å Ａ！ क़ e\u0301 \u0323 \u0302 \u0344"
    " 각 \u11ab ".split(" ")
)


def golden_texts() -> list[str]:
    """The texts of the golden file, which Python's tokenizer is tested with."""
    lines = GOLDEN.read_text(encoding="utf-8").split("\n")[:-1]
    rows = [line.split("\t")[0] for line in lines if not line.startswith("# ")]
    simple = {"n": "\n", "t": "\t"}
    return [
        ESCAPE.sub(lambda m: simple.get(m[1]) or chr(int(m[1][1:], 16)), row)
        for row in rows
    ]


def random_texts(count: int, seed: int = 0) -> list[str]:
    """Pieces that the rules speak of, among any characters that there are."""
    generator = random.Random(seed)
    assigned = [
        character
        for character in map(chr, range(0x30000))
        if unicodedata.category(character) not in ("Cs", "Cn", "Co")
    ]

    def piece() -> str:
        kinds = (PIECES, assigned, assigned[:600], " ")
        return generator.choice(generator.choice(kinds))

    return [
        "".join(piece() for _ in range(generator.randrange(30))) for _ in range(count)
    ]


def decomposed_texts() -> list[str]:
    """Every spelling that is not the usual one, in a few long texts."""
    keys = sorted(spellings())
    return [
        " ".join(f"{key} x{key}\u0301" for key in keys[first : first + 500])
        for first in range(0, len(keys), 500)
    ]


def all_texts() -> list[str]:
    return [*golden_texts(), *random_texts(1500), *decomposed_texts()]
