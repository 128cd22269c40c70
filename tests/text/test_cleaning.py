"""Mark-up to prose, case by case, and the whole bundled sample."""

from __future__ import annotations

import re

import pytest

from app.text.cleaning import clean_wikitext
from app.text.corpus import Document, read_documents

LIVED = "was a writer who lived for a long time in Russia."


@pytest.mark.parametrize(
    ("markup", "prose"),
    [
        ("'''Ayn''' ''really'' ", "Ayn really "),
        ("[[Ayn Rand|She]] ", "She "),
        ("[[Rand]] ", "Rand "),
        ("She<ref name=a /> <ref>{{cite|x}}</ref>", "She "),
        ("She <!-- was not --> ", "She "),
        ("She ({{IPA|x}}; {{small|}}) ", "She "),
        ("She ({{IPA|x}}; born 1905) ", "She (born 1905) "),
        ("She (born 1905, {{x}}) ", "She (born 1905) "),
        ("She{{citation needed|date=May}}, who ", "She, who "),
        ("She, 5&nbsp;km off, ", "She, 5 km off, "),
        ("[http://a.b She] https://c.d ", "She "),
        ("[[File:a.jpg|thumb|Her [[cat]].]] She ", "She "),
        ("{| class=x\n| cell\n{| inner\n|}\n|}\nShe ", "She "),
        ("She<br />too ", "She too "),
        ("She, H<sub>2</sub>O, ", "She, H2O, "),
        ("She, {{convert|3|to|5|mi|km|0}} off, ", "She, 3 to 5 miles off, "),
        ("She, {{lang|ru|[[Rand|\u0420]]}}, ", "She, \u0420, "),
        ("{{Infobox|a={{b|c}}\n|d=[[e|f]]}}\nShe ", "She "),
        ("She[1] ", "She "),
        ("She\n", "She "),
    ],
)
def test_marks_go_and_words_stay(markup: str, prose: str):
    assert clean_wikitext(markup + LIVED) == (prose + LIVED,)


@pytest.mark.parametrize(
    "markup",
    [
        "== She {} ==",
        "== See also ==\n{}",
        "== References ==\n=== Notes ===\n{}",
        "{{| \n| {}\n|}}",
        "<gallery>\na.jpg|{}\n</gallery>",
        "[[Category:{}]]",
        ":''{}''",
        "* She wrote.",
        "She left",
        "As the law <math>E=mc^2</math> says, she {}",
        "It is said of her in all of the books on the shelf:",
    ],
)
def test_what_is_no_prose_goes(markup: str):
    assert clean_wikitext(markup.replace("{}", LIVED)) == ()


def test_a_section_after_the_links_is_kept():
    assert clean_wikitext(f"== See also ==\n* x\n== Life ==\nShe {LIVED}") == (
        f"She {LIVED}",
    )


def test_only_the_sentence_with_a_formula_goes():
    markup = f"She {LIVED} The law <math>x</math> holds. He {LIVED}"
    assert clean_wikitext(markup) == (f"She {LIVED} He {LIVED}",)


@pytest.fixture(scope="module")
def sample() -> list[Document]:
    return list(read_documents())


def test_the_bundled_sample_has_its_articles_and_no_redirects(sample):
    names = [document.name for document in sample]
    assert len(set(names)) == len(names) == 96
    assert {"Abraham Lincoln", "Algorithm", "Alaska"} <= set(names)
    num_words = sum(len(p.split()) for d in sample for p in d.paragraphs)
    assert 415_000 < num_words < 430_000


@pytest.mark.parametrize(
    "leftover",
    [
        r"''|==|\{\{|\}\}|\[\[|\]\]|\{\||\|\}",  # marks
        r"</?(?:ref|br|sub|small|div|math)\b|&[a-z]+;|https?://",
        r"\(\s*[,;:.)]|[,;:]\s*\)|,\s*,|\s[,;](?!\S)",  # what a filter leaves
        r"\ufffc|  |\bthumb\||\|\s*\w+=|ISBN",
        r"^[*#:;|=]|^[a-z]|:$|[^.!?\"'\u201d\u2019)\]]$",  # no sentence at an edge
    ],
)
def test_no_mark_up_is_left_in_the_bundled_sample(sample, leftover: str):
    pattern = re.compile(leftover)
    found = [p for d in sample for p in d.paragraphs if pattern.search(p)]
    assert found == []
