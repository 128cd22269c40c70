"""The pages of both experiments, and of the comparison, from figures that are known."""

import json

import pytest

from app.evaluation.distance import remembered, used
from app.evaluation.distance.context import CUT, SHUFFLED
from app.evaluation.kinds import study as compared
from app.settings.compare import KINDS


def recalled(kind, seed, accuracy):
    return {
        "kind": kind,
        "seed": seed,
        "units": 32,
        "parameters": 6800,
        "seconds": 40.0,
        "loss": 0.5,
        "accuracy": accuracy,
        "gradient_before": [0.5**it for it in range(100)],
        "gradient_after": [0.99**it for it in range(100)],
    }


REMEMBERED = {
    "distances": [2, 10, 100],
    "chance": 0.125,
    "steps": 2000,
    "met_in_training": [0.5, 0.2, 0.001],
    "runs": [
        recalled("rnn", 0, [0.9, 0.5, 0.2]),
        recalled("rnn", 1, [1.0, 0.7, 0.2]),
        recalled("attention", 0, [1.0, 1.0, 0.9]),
        recalled("attention", 1, [1.0, 1.0, 1.0]),
    ],
}


def costs(*nats, error=0.01):
    return [
        {"nats": it, "standard_error": error, "perplexity": 50.0 + it} for it in nats
    ]


USED = {
    "targets": 500,
    "documents": 40,
    "context": 300,
    "distances": [5, 20, 100],
    "models": {
        "test": {
            "perplexity": 50.0,
            SHUFFLED: costs(0.3, 0.1, 0.05),
            CUT: costs(0.5, 0.2, 0.1),
        },
        "kneser_ney_5": {
            "perplexity": 90.0,
            SHUFFLED: costs(0, 0, 0, error=0.0),
            CUT: costs(0, 0, 0, error=0.0),
        },
        "network_only": {
            "perplexity": 70.0,
            SHUFFLED: costs(0.2, 0.001, 0.001),
            CUT: costs(0.4, 0.1, 0.001),
        },
    },
}


def trained(kind, seed, perplexity):
    figures = {"perplexity": perplexity, "top_1_accuracy": 0.2, "top_5_accuracy": 0.4}
    sentence = "The clouds <are> on the ___"
    return {
        "kind": kind,
        "seed": seed,
        "units": 100,
        "parameters": 600_000,
        "own_parameters": 50_000,
        "megabytes": 2.4,
        "epochs": 3,
        "seconds": 100.0,
        "tokens_per_second": 9000.0,
        "milliseconds": None if kind == "two-sided" else 0.04,
        "figures": figures,
        "answers": {sentence: [{"word": "<sky>", "probability": 0.25}]},
    }


COMPARED = {
    "corpus": {
        "train": {"tokens": 90_000, "documents": 100},
        "test": {"tokens": 5_000, "documents": 10},
        "vocabulary": 4_000,
    },
    "runs": [
        trained(kind, seed, 100.0 + 10 * number + seed)
        for seed in range(2)
        for number, kind in enumerate(KINDS)
        if kind != "kneser-ney" or seed == 0
    ],
}

STUDIES = {
    "remembered": remembered.study(REMEMBERED),
    "used": used.study("demo", USED),
    "compared": compared(COMPARED),
}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_written_whole(name, tmp_path):
    study = STUDIES[name]
    page = study.write(tmp_path / "new" / "folder")
    folder = page.parent
    assert json.loads((folder / f"{study.name}.json").read_text()) == study.figures
    assert page.read_text(encoding="utf-8") == study.page()
    pictures = {it.name for it in folder.glob("*.svg")}
    assert len(pictures) == sum(len(it.figures) for it in study.sections.values())


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_nobody_is_shut_out_and_nothing_is_asked_for(
    open_page, tmp_path, name, scheme, width
):
    url = STUDIES[name].write(tmp_path).as_uri()
    visit = open_page(url, color_scheme=scheme, width=width, height=700)
    assert visit.requests == [url]
    assert visit.violations() == []
    assert visit.page.evaluate("document.body.scrollWidth") <= width


def test_who_remembers_longest_is_named_first():
    points = [
        it.replace("\N{NO-BREAK SPACE}", " ")
        for it in STUDIES["remembered"].sections["In short"].points
    ]
    assert (
        points[0]
        == "LSTM with attention: 95.0 % right after 100 words, 100.0 % after 2."
    )
    assert points[1].startswith("Plain RNN: 20.0 %")


def test_the_spread_of_the_seeds_stands_in_the_table():
    shown = STUDIES["remembered"].shown.replace("\N{NO-BREAK SPACE}", " ")
    assert "95.0 ± 7.1 %" in shown  # 0.1 / sqrt(2)


def test_it_says_from_where_on_nothing_is_worth_anything():
    ours, ngrams, network = STUDIES["used"].sections["In short"].points
    assert "in which order the words stood counts still beyond the last 100" in ours
    assert "counts not beyond the last 5, as far as can be told" in ngrams
    assert "counts beyond the last 5, but not beyond 20" in network
    assert "which words they were, beyond the last 20, but not beyond 100" in network


def test_a_difference_that_seeds_have_too_is_called_so():
    points = STUDIES["compared"].sections["In short"].points
    assert points[0].startswith(
        "Plain RNN predicts the next word best: perplexity 100.5"
    )
    assert "no more than seeds differ" not in points[1]
    runs = [{**run, "figures": {**run["figures"], "perplexity": 100.0 + run["seed"]}}
            for run in COMPARED["runs"]]  # fmt: skip
    points = compared({**COMPARED, "runs": runs}).sections["In short"].points
    assert all("no more than seeds differ" in it for it in points[2:])


def test_a_two_sided_network_is_not_said_to_predict_the_next_word():
    points = STUDIES["compared"].sections["In short"].points
    assert not any("two-sided" in it for it in points)
    starred = [it for it in STUDIES["compared"].shown.splitlines() if "*" in it]
    assert starred and not any("two-sided" in it for it in starred)


def test_words_are_shown_as_words():
    page = STUDIES["compared"].page()
    assert "&lt;sky&gt;" in page
    assert "<sky>" not in page
