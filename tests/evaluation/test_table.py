"""The printed comparison."""

import pytest

from app.evaluation.table import baselines_table, comparison_table


def figures(perplexity: float | None, accuracy: float) -> dict:
    accuracies = {f"top_{k}_accuracy": k * accuracy for k in (1, 3, 5)}
    return {
        "documents": 352,
        "tokens": 50_189,
        "oov_tokens": 1_214,
        "perplexity": perplexity,
        "perplexity_charged": perplexity and perplexity + 20,
        "perplexity_known": perplexity and perplexity + 1,
        **accuracies,
        "words_only": {"tokens": 40_000, **accuracies},
    }


def test_the_table_shows_every_model_and_stars_the_best():
    baselines = {
        "most_common_word": figures(None, 0.05),
        "unigram": figures(1061.26, 0.08),
    }
    shown = baselines_table({"test": figures(77.24, 0.0601), "baselines": baselines})
    assert shown == TABLE


TABLE = """\
50,189 tokens of 352 documents, 1,214 of them unknown (2.4%)

                         this model   most common word   unigram
perplexity                     77.2*                 -   1,061.3
  unknown words charged        97.2*                 -   1,081.3
  known words only             78.2*                 -   1,062.3
right word first              6.0 %              5.0 %     8.0 %*
  among the first 3          18.0 %             15.0 %    24.0 %*
  among the first 5          30.0 %             25.0 %    40.0 %*
words only, first             6.0 %              5.0 %     8.0 %*
  among the first 3          18.0 %             15.0 %    24.0 %*
  among the first 5          30.0 %             25.0 %    40.0 %*

* the best of its row: this model wins 3 of 9."""


def test_a_model_that_is_best_everywhere_is_said_to_be():
    shown = comparison_table({"ours": figures(70, 0.1), "theirs": figures(80, 0.05)})
    assert shown.endswith("ours wins all 9.")


def test_rows_without_a_number_are_won_by_nobody():
    shown = comparison_table({"ours": figures(None, 0.1), "theirs": figures(None, 0)})
    assert shown.endswith("ours wins all 6.")


def test_nothing_is_best_where_all_are_equal():
    """A star on 0.0 % said that a model won which was as bad as the others."""
    ours, theirs = figures(70, 0.0), figures(80, 0.0)
    shown = comparison_table({"ours": ours, "theirs": theirs})
    assert "0.0 %*" not in shown
    assert shown.endswith("ours wins all 3.")
    assert "*" not in comparison_table({"ours": ours, "theirs": ours})


def test_one_document_is_not_one_documents():
    alone = {**figures(70, 0.1), "documents": 1, "tokens": 1, "oov_tokens": 0}
    shown = comparison_table({"ours": alone, "theirs": figures(80, 0.0)})
    assert shown.startswith("1 token of 1 document, 0 of them")


@pytest.mark.parametrize(
    ("network", "ngrams", "expected"),
    [
        (64.2, 107.85, "The network wins: the 5-gram's perplexity is 1.68 times as"),
        (120.0, 100.0, "The 5-gram wins: the network's perplexity is 1.20 times as"),
        (100.0, 100.3, "The network and the 5-gram are level"),
        (None, 107.8, "The network and the 5-gram cannot be compared"),
    ],
)
def test_who_wins_is_said_in_a_sentence_also_when_the_n_grams_do(
    network, ngrams, expected
):
    alone = {"test": figures(network, 0.28)}
    mixed = {"test": figures(40.0, 0.32), "network_only": figures(network, 0.28)}
    for measured in (alone, mixed):
        baselines = {"kneser_ney_5": figures(ngrams, 0.24)}
        shown = baselines_table({**measured, "baselines": baselines})
        *table, sentence = shown.splitlines()
        assert "Kneser-Ney 5-gram" in table[2]
        assert ("network only" in table[2]) == (measured is mixed)
        assert sentence.startswith(expected)


def test_without_n_grams_nothing_is_said_of_them():
    baselines = {"unigram": figures(400, 0.07)}
    shown = baselines_table({"test": figures(64.2, 0.28), "baselines": baselines})
    assert "5-gram" not in shown
