"""The one rule by which text is cut: its golden file, and what holds for any text."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.text.characters import RESPELLED, SUBSTITUTIONS
from app.text.tokenizer import CLITICS, RULES, Tokenizer

GOLDEN_FILE = Path(__file__).parents[1] / "data" / "tokenization.tsv"
ESCAPE = re.compile(r"\\(n|t|u[0-9a-f]{4}|U[0-9a-f]{8})")

# Words, marks and gaps as people type them, in any order.
typed_pieces = st.sampled_from(
    "the cat London can't it's we'll mother-in-law 3,000.50 42 U.S. Mr. . , ? ! \" ( )"
    " -- ... : ; 50% $5 me@example.org don’t “yes” — … naïve Привет ΟΔΟΣ ½ 😀"
    " 👩🏽\u200d🚀 🇩🇪 #tag @me :) 'tis a.com v1.2 re\u0301sume\u0301 Ａ！"
    " snake_case _so_ 'n'".split()
)
typed_text = st.lists(typed_pieces).map(" ".join)


def unescaped(field: str) -> str:
    simple = {"n": "\n", "t": "\t"}
    return ESCAPE.sub(lambda m: simple.get(m[1]) or chr(int(m[1][1:], 16)), field)


def golden_cases() -> list[tuple[str, list[str]]]:
    lines = GOLDEN_FILE.read_text(encoding="utf-8").split("\n")[:-1]
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return [(unescaped(text), unescaped(tokens).split()) for text, tokens in rows]


@pytest.mark.parametrize(("text", "tokens"), golden_cases())
def test_golden_text_is_cut_into_the_golden_tokens(text: str, tokens: list[str]):
    assert Tokenizer().tokenize(text) == tokens


def test_the_golden_file_holds_at_least_200_cases():
    assert len(golden_cases()) >= 200


@given(st.text())
def test_no_token_is_empty_or_holds_white_space_for_any_text(text: str):
    for token in Tokenizer().tokenize(text):
        assert token.split() == [token]


@given(st.text(st.characters(max_codepoint=0x2FFF)))
def test_every_letter_and_digit_of_ascii_text_stays_in_its_order(text: str):
    text = re.sub(RESPELLED, "", text)  # an e may become part of an é
    kept = "".join(Tokenizer().tokenize(text))
    ascii_only = [c for c in text if c.isascii() and c.isalnum()]
    assert [c for c in kept if c.isascii() and c.isalnum()] == ascii_only


@example("U.S. . …")
@example("etc.  .  . .. . ...")
@given(typed_text)
def test_tokens_joined_by_spaces_are_cut_into_the_same_tokens(text: str):
    tokens = Tokenizer().tokenize(text)
    assert Tokenizer().tokenize(" ".join(tokens)) == tokens


@given(typed_text)
def test_ascii_text_may_skip_the_substitutions(text: str):
    tokenizer = Tokenizer()
    ascii_text = text.encode("ascii", "ignore").decode()
    # A mark that the tokenizer drops makes the same text take the long way.
    long_way = ascii_text + "\u200b"
    assert tokenizer.tokenize(ascii_text) == tokenizer.tokenize(long_way)


@given(st.text())
def test_pretokenized_text_is_split_at_ascii_white_space_and_nowhere_else(text: str):
    tokens = Tokenizer(pretokenized=True).tokenize(text)
    assert tokens == [t for t in re.split(r"[ \t\n\v\f\r]+", text) if t]


def test_pretokenized_text_keeps_its_case():
    tokenizer = Tokenizer(pretokenized=True)
    assert tokenizer.fold("London") == "London"
    assert Tokenizer().fold("London") == "london"
    assert Tokenizer().fold("ΣΩΣΙΑΣ") == "σωσιας"


def test_a_contraction_is_a_host_and_a_clitic():
    hosts = ["is", "it", "we", "they", "we", "he", "I"]
    for host, clitic in zip(hosts, CLITICS, strict=True):
        assert Tokenizer().tokenize(host + clitic) == [host, clitic]


@pytest.mark.parametrize(
    "unit",
    [
        "a%",
        "x.",
        "a-",
        "'",
        "1,",
        "http://",
        "a@",
        " ' s",
        "#_",
        "a.com",
        "e\u0301",
        "👩\u200d",
    ],
)
def test_a_hundred_thousand_characters_are_cut_at_once(unit: str):
    text = unit * (100_000 // len(unit))
    assert Tokenizer().tokenize(text)  # the suite's time limit is the assertion


@pytest.mark.parametrize(
    "pattern", [p for p, _ in (*SUBSTITUTIONS, *RULES, (RESPELLED, ""))]
)
def test_no_rule_uses_what_re2_reads_otherwise(pattern: str):
    # Look-around and (?i), back-references, and classes that are ASCII only in RE2.
    assert not re.search(r"\(\?[^:]|\\[1-9]|\\[sSwWdDbBZ]|[*+?}][+]", pattern)


@pytest.mark.parametrize("pattern", [p for p, _ in SUBSTITUTIONS] + [RESPELLED])
def test_no_substitution_touches_ascii(pattern: str):
    ascii_text = "".join(map(chr, range(128)))
    assert not re.search(pattern, ascii_text)


@given(st.sampled_from(["NFC", "NFD"]), typed_text)
def test_decomposed_letters_give_the_tokens_of_composed_ones(form: str, text: str):
    other = unicodedata.normalize(form, text)
    assert Tokenizer().tokenize(other) == Tokenizer().tokenize(text)


def test_importing_the_tokenizer_does_not_import_numpy():
    code = "import sys, app.text.tokenizer; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
