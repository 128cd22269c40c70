"""Everything that is known about a model on one text: the story of an evaluation.

A model with its parts, and a text, enter. Every contender reads the text once, side by
side; what each makes of it becomes figures, strata and comparisons. Then a simulated
typist writes some of the text with the model's help, and words of it are blanked out
and filled. What leaves are numbers, and apart from them words of the text to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from app.console import progress_bar
from app.evaluation.baselines import most_common_word, outcomes_of, unigram
from app.evaluation.blanks.every_token import blank_figures, observe_blanks
from app.evaluation.blanks.sampled import evaluate_sampled_blanks
from app.evaluation.comparison import compare
from app.evaluation.contenders import (
    CACHE,
    DOCUMENTS_AT_ONCE,
    MOST_COMMON,
    NETWORK_ONLY,
    NGRAMS,
    TEST,
    TRIGRAMS,
    UNIGRAM,
    Contenders,
    Report,
    observe,
)
from app.evaluation.examples import examples
from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.savings import measure_keystrokes
from app.evaluation.metrics import Target, figures
from app.evaluation.outcomes import Judge, Outcomes
from app.evaluation.strata import Strata
from app.evaluation.subject import Subject
from app.language.contract import LanguageModel
from app.settings import Amounts
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

_BASELINES = (NGRAMS, TRIGRAMS, CACHE, UNIGRAM, MOST_COMMON)


class Measured(NamedTuple):
    """All that is known of a model on one text.

    Attributes:
        metrics: metrics.json but for the training: numbers, and no word of the text.
        examples: examples.json, which holds words of it; empty where they were not
            kept.
    """

    metrics: dict[str, Any]
    examples: dict[str, Any]


def measure(
    subject: Subject, text: EncodedText, amounts: Amounts | None = None
) -> Measured:
    """Measures a model, its parts and the baselines on `text`.

    Shows on stderr how far it is.

    Args:
        subject: the model.
        text: at least one target; what is typed and blanked out needs its letters.
        amounts: of what takes long.

    Raises:
        UserError: the text is empty.
    """
    amounts = amounts or Amounts()
    found, target = observe_all(subject, text), Target.all_of(text, subject.vocabulary)
    documents = _documents(text, subject.vocabulary)
    metrics = all_figures(found, text, target, subject.vocabulary)
    if keystrokes := _keystrokes(subject, documents, amounts):
        metrics["keystrokes"] = keystrokes
        metrics["test"]["keystroke_savings"] = keystrokes["savings"]
    blanks = _sides(subject, text, target, found)
    blanks |= _sampled_blanks(subject, documents, amounts.blanks)
    if blanks:
        metrics["blanks"] = blanks
    return Measured(metrics, _examples(subject, text, found[TEST]))


def evaluate(
    model: LanguageModel,
    vocabulary: Vocabulary,
    text: EncodedText,
    batch: int = DOCUMENTS_AT_ONCE,
    report: Report | None = None,
) -> dict[str, Any]:
    """The figures of any language model on `text`, without strata.

    Args:
        model: predicts ids of `vocabulary`.
        vocabulary: knows which ids are words and how many types became OOV.
        text: at least one target.
        batch: see `observe`.
        report: see `observe`.

    Raises:
        UserError: the text is empty, or the model's probabilities are no numbers.
    """
    found = observe(Contenders({TEST: model}), vocabulary, text, batch, report)
    return figures(found[TEST], Target.all_of(text, vocabulary), vocabulary)


def measure_alone(
    subject: Subject, text: EncodedText, target: Target, amounts: Amounts
) -> tuple[dict[str, Any], Outcomes]:
    """The figures of a model without its baselines, as under "test", and its outcomes.

    Args:
        subject: the model.
        text: at least one target.
        target: all of it.
        amounts: of what takes long; no blanks are filled.
    """
    vocabulary = subject.vocabulary
    contenders = Contenders({TEST: subject.predictor.model})
    with progress_bar("Measuring", text.num_tokens) as bar:
        outcomes = observe(contenders, vocabulary, text, report=bar)[TEST]
    found = figures(outcomes, target, vocabulary)
    found["strata"] = Strata(text, vocabulary).tables(outcomes)
    if keystrokes := _keystrokes(subject, _documents(text, vocabulary), amounts):
        found["keystroke_savings"] = keystrokes["savings"]
    return found, outcomes


def observe_all(subject: Subject, text: EncodedText) -> dict[str, Outcomes]:
    """What the model, its parts and every baseline make of every target of `text`."""
    vocabulary = subject.vocabulary
    with progress_bar("Measuring", text.num_tokens) as bar:
        found = observe(Contenders.of(subject), vocabulary, text, report=bar)
    judge, ids = Judge(vocabulary), np.asarray(text.ids)
    found[UNIGRAM] = outcomes_of(unigram(vocabulary), judge, ids)
    found[MOST_COMMON] = outcomes_of(most_common_word(vocabulary), judge, ids)
    return found


def all_figures(
    found: Mapping[str, Outcomes],
    text: EncodedText,
    target: Target,
    vocabulary: Vocabulary,
) -> dict[str, Any]:
    """The figures of every contender, and the comparisons, from `observe_all`."""
    strata = Strata(text, vocabulary)
    measured = {
        name: figures(it, target, vocabulary) | {"strata": strata.tables(it)}
        for name, it in found.items()
    }
    baselines = {name: measured[name] for name in _BASELINES if name in measured}
    parts = {name: it for name, it in measured.items() if name not in baselines}
    comparisons = compare(TEST, found, target)
    if NETWORK_ONLY in found and NGRAMS in found:  # is it worth having a network?
        pair = {name: found[name] for name in (NETWORK_ONLY, NGRAMS)}
        comparisons += compare(NETWORK_ONLY, pair, target)
    return {**parts, "baselines": baselines, "comparisons": comparisons}


def _documents(text: EncodedText, vocabulary: Vocabulary) -> list[list[str]]:
    """The paragraphs of each document, as people write them; none if none are kept."""
    if text.written is None:
        return []
    ends = text.document_ends.tolist()
    return [
        list(text.written.paragraphs(*it, pretokenized=vocabulary.pretokenized))
        for it in pairwise([0, *ends])
    ]


def _keystrokes(
    subject: Subject, documents: list[list[str]], amounts: Amounts
) -> dict[str, Any] | None:
    """The part "keystrokes"; None where it is not wanted, or there is no word."""
    if not documents or not amounts.keystrokes:
        return None
    rules = TypistRules.of(amounts.rules, amounts.slots)
    most = min(amounts.keystrokes, sum(sum(map(len, it)) for it in documents))
    with progress_bar("Typing", most) as bar:
        return measure_keystrokes(
            subject.predictor, documents, rules, characters=most, report=bar
        )


def _sides(
    subject: Subject, text: EncodedText, target: Target, found: Mapping[str, Outcomes]
) -> dict[str, Any]:
    """Every token as a blank, from both sides, where a network reads them."""
    network = subject.predictor.two_sided
    if network is None:
        return {}
    with progress_bar("Measuring blanks", text.num_tokens) as bar:
        both = observe_blanks(network, subject.vocabulary, text, bar)
    left = found.get(NETWORK_ONLY, found[TEST])
    return blank_figures(left, both, target, subject.vocabulary)


def _sampled_blanks(
    subject: Subject, documents: list[list[str]], count: int
) -> dict[str, Any]:
    """Words blanked out at random, where they are wanted and have letters."""
    if not documents or not count:
        return {}
    with progress_bar("Filling blanks", count) as bar:
        found = evaluate_sampled_blanks(subject.predictor, documents, count, report=bar)
    return {"sampled": found}


def _examples(
    subject: Subject, text: EncodedText, outcomes: Outcomes
) -> dict[str, Any]:
    if text.written is None:
        return {}
    return examples(
        subject.predictor.model,
        subject.vocabulary,
        text,
        text.written.between,
        outcomes.losses,
        outcomes.ranks,
        subject.vectors,
    )
