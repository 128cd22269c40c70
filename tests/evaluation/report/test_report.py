"""The page about a model: what it says, what it leaves out, and what it never does."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from app.evaluation.report.report import report_html
from tests.evaluation.report.made_up import (
    comparison,
    config,
    examples,
    facts,
    figures,
    metrics,
    sentence,
)

SECTIONS = (
    "answer training learning contenders strata confidence keystrokes blanks sentences "
    "missed neighbours again glossary"
).split()


class Outline(HTMLParser):
    """What stands where in a page: headings, sections, text, tags."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.headings, self.words = [], [], []
        self.sections = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag == "section":
            self.sections.append(dict(attributes)["id"])

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] not in ("style", "script"):
            self.words.append(data)


def outline(**changed):
    return Outline(report_html(facts(**changed)))


def test_every_section_is_there_and_the_contents_lead_to_each():
    page = outline()
    assert page.sections == SECTIONS
    links = {it.get("href") for tag, it in page.tags if tag == "a"}
    assert {f"#{key}" for key in SECTIONS} <= links


def test_there_is_one_first_heading_and_none_is_skipped():
    headings = outline().headings
    assert headings.count(1) == 1 and headings[0] == 1
    assert all(b <= a + 1 for a, b in zip(headings, headings[1:], strict=False))


def test_no_two_elements_have_the_same_name():
    names = [it["id"] for _, it in outline().tags if "id" in it]
    assert len(names) == len(set(names))


def test_it_says_in_words_that_the_n_gram_is_beaten_and_by_how_much():
    text = outline().text
    assert (
        "The model predicts the test text better than a Kneser-Ney 5-gram, the classic "
        "that a network has to beat: its perplexity is 89.5, that of the other 231.1, "
        "2.58 times as high. That is 45 standard errors and no accident."
    ) in text
    assert "22 right with its first offer and 40 among its first five" in text
    assert "saves 46.8 ± 0.6 % of the keys" in text
    assert "9.1 % of the text are words that it does not know" in text


def test_it_says_so_if_the_n_gram_wins():
    lost = metrics()
    lost["baselines"]["kneser_ney_5"] = figures(80.0, 0.23)
    lost["comparisons"] = [comparison("kneser_ney_5", "test", 0.112, 0.02)]
    assert (
        "The model predicts the test text worse than a Kneser-Ney 5-gram, the classic "
        "that a network has to beat: its perplexity is 89.5, 1.12 times that of the "
        "other, 80.0."
    ) in outline(metrics=lost).text


def test_a_mixture_does_not_hide_a_network_that_loses_to_the_n_gram():
    lost = metrics()
    lost["network_only"] = figures(290.6, 0.125)
    lost["comparisons"].pop()
    lost["comparisons"].append(comparison("kneser_ney_5", "network_only", 0.229, 0.012))
    assert (
        "Its network alone, without n-grams and cache, predicts the test text worse "
        "than the Kneser-Ney 5-gram: its perplexity is 290.6, 1.26 times that of the "
        "other, 231.1. That is 19 standard errors and no accident."
    ) in outline(metrics=lost).text


def test_a_difference_that_may_be_chance_is_called_so():
    level = metrics()
    level["baselines"]["kneser_ney_5"] = figures(90.0, 0.22)
    level["comparisons"] = [comparison("test", "kneser_ney_5", 0.006, 0.02)]
    text = outline(metrics=level).text
    assert "The model is level with a Kneser-Ney 5-gram" in text
    assert "they differ by 0.006 ± 0.020 nats a token, which may be chance." in text


def test_who_has_no_perplexity_is_compared_by_accuracy():
    compared = metrics()
    compared["comparisons"].append(
        comparison("test", "most_common_word", 1, 1)
        | dict.fromkeys(("nats", "standard_error", "perplexity_ratio"))
    )
    text = outline(metrics=compared).text
    assert "This model against most common word: +3.8 points right first" in text


def test_the_worst_of_each_kind_is_named_but_not_what_is_unknown():
    page = report_html(facts())
    start = page.index("What it is bad at")
    table = page[start : page.index("</table>", start)]
    assert "content words" in table and "4.4\N{NO-BREAK SPACE}%" in table
    assert ">unknown<" not in table


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({"history": ()}, {"learning"}),
        ({"examples": {}}, {"sentences", "missed", "neighbours"}),
        ({"metrics": {"training": {}}, "examples": {}, "history": ()}, set()),
        ({"metrics": {}, "examples": {}, "history": ()}, set()),
    ],
)
def test_what_was_not_measured_is_left_out_without_a_word(changed, left):
    page = outline(**changed)
    if left:
        assert page.sections == [key for key in SECTIONS if key not in left]
    else:
        assert page.sections == ["training", "again", "glossary"]
    assert not re.search(r"\bNone\b|\bnan\b|\binf\b|Undefined", page.text)


@pytest.mark.parametrize("key", ["keystrokes", "blanks", "comparisons", "training"])
def test_any_part_of_the_figures_may_be_missing(key):
    some = metrics()
    del some[key]
    gone = {key} & {"keystrokes", "blanks"}  # the others are parts of sections
    assert outline(metrics=some).sections == [it for it in SECTIONS if it not in gone]


def test_figures_of_older_programs_are_shown_as_far_as_they_go():
    def old(it):
        new = (
            "standard_errors calibration strata top_10_accuracy bits_per_token".split()
        )
        return {key: value for key, value in it.items() if key not in new}

    some = metrics()
    older = {
        "test": old(some["test"]),
        "baselines": {key: old(it) for key, it in some["baselines"].items()},
        "training": some["training"],
    }
    page = outline(metrics=older, examples={})
    assert page.sections == [
        *("answer", "training", "learning", "contenders", "again", "glossary")
    ]
    assert "231.1, 2.58 times as high." in page.text
    assert "standard errors and no accident" not in page.text


def test_a_rule_that_older_programs_did_not_know_is_not_told():
    some = metrics()
    del some["keystrokes"]["rules"]["memory"], some["keystrokes"]["rules"]["end_key"]
    text = outline(metrics=some).text
    assert "a selection adds the space" in text
    assert "ends with a key" not in text


def test_without_n_grams_the_next_best_is_the_measure():
    some = metrics()
    del some["baselines"]["kneser_ney_5"], some["baselines"]["kneser_ney_3"]
    some["comparisons"] = []
    text = outline(metrics=some).text
    assert "better than who knows but the frequencies of words: its" in text


def test_words_are_text_and_never_html():
    evil = '"><img src=x onerror=alert(1)>'
    named = config() | {"name": evil, "command": ["train.py", evil]}
    named["settings"]["corpus"] = [evil]
    shown = examples()
    shown["best"].append(sentence(evil))
    shown["missed_words"].append({"word": evil, "missed": 3, "tokens": 4})
    page = Outline(report_html(facts(config=named, examples=shown)))
    assert not [it for tag, it in page.tags if tag == "img" or "onerror" in it]
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert page.text.count(evil) >= 4
    assert "<script>alert(1)</script>" in page.text


def test_the_browser_may_run_what_stands_in_the_page_and_load_nothing():
    page = report_html(facts())
    (policy,) = (
        it["content"]
        for tag, it in Outline(page).tags
        if it.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for tag in ("style", "script"):
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"
    assert " style=" not in page
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_the_same_facts_give_the_same_small_page():
    first, second = report_html(facts()), report_html(facts())
    assert first == second
    assert len(first.encode()) < 200_000


def test_the_commands_can_be_given_to_a_shell():
    text = outline().text
    assert "python train.py 'notes/my letters.txt' --name demo" in text
    assert "python -m app evaluate demo TEXT" in text
    measured = outline(texts=["a b.txt", "c.txt"]).text
    assert "python -m app evaluate demo 'a b.txt' c.txt --page FILE.html" in measured
    assert "Measured here a b.txt and c.txt" in measured


def test_a_word_for_the_end_of_a_paragraph_is_seen():
    shown = examples()
    shown["worst"][0]["tokens"][0]["token"] = "\n"
    assert "¶" in outline(examples=shown).text


def test_an_impossible_word_has_a_finite_number_of_bits():
    shown = examples()
    shown["worst"][0]["tokens"][0]["probability"] = 0.0
    assert "39.9" in outline(examples=shown).text


# Counts are always there; everything else may have had nothing to count.
COUNTS = {
    *("documents", "tokens", "oov_tokens", "characters", "words", "blanks", "n"),
    *("seed", "key", "without_help", "with_help", "eye_movement", "item", "slots"),
    *("confidence", "accuracy", "epochs", "perplexity_ratio"),
    *("1", "3", "5", "top_1_accuracy", "top_3_accuracy"),  # of at least one token
}


def numbers(value, key=""):
    """Every key under which a number stands."""
    if isinstance(value, dict):
        return set().union(*(numbers(it, name) for name, it in value.items()))
    if isinstance(value, list):
        return set().union(*(numbers(it, key) for it in value))
    return {key} if isinstance(value, float | int) and value is not True else set()


def without(value, key):
    """The same with None under `key`, wherever it stands."""
    if isinstance(value, dict):
        return {
            name: None if name == key else without(it, key)
            for name, it in value.items()
        }
    return [without(it, key) for it in value] if isinstance(value, list) else value


@pytest.mark.parametrize("key", sorted(numbers(metrics()) - COUNTS))
def test_a_figure_that_nothing_counted_for_is_a_dash(key):
    page = outline(metrics=without(metrics(), key))
    assert set(page.sections) >= {"answer", "training", "contenders"}
    assert not re.search(r"\bNone\b|\bnan\b|\binf\b", page.text)


def test_a_text_without_words_has_no_accuracy_of_words():
    some = metrics() | {"blanks": {}}
    for it in (some["test"], some["network_only"], *some["baselines"].values()):
        it["words_only"] = dict.fromkeys(it["words_only"]) | {"tokens": 0}
    text = outline(metrics=some).text
    assert "Words only: first" not in text
    assert "Bits a token" in text


def test_names_that_are_no_text_can_be_written():
    """A file's name may hold bytes that are no characters; Python keeps them apart."""
    named = config() | {"command": ["train.py", "caf\udce9.txt"]}
    page = report_html(facts(config=named))
    assert "caf?.txt" in page
    page.encode()
