"""Everything that is known about a model on one text: the story of an evaluation.

A model with its parts, and a text, enter. Every contender reads the text once, side by
side; their outcomes become figures, strata and comparisons. Who counts keys or fills
blanks does that afterwards with the model alone. What leaves is metrics.json, which
holds numbers and no word of the text, and examples.json, which holds its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from app.evaluation.baselines import most_common_word, outcomes_of, unigram
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
from app.evaluation.metrics import Target, figures
from app.evaluation.outcomes import Judge, Outcomes
from app.evaluation.strata import Strata
from app.language.contract import LanguageModel
from app.language.ngram import NGramModel
from app.text.encoding import EncodedText
from app.text.vocabulary import Vocabulary

_BASELINES = (NGRAMS, TRIGRAMS, CACHE, UNIGRAM, MOST_COMMON)


class Subject(NamedTuple):
    """A model, and what is measured beside it.

    Attributes:
        model: what answers.
        vocabulary: of all of them.
        ngrams: of the same training text, where they were counted.
        trigrams: the same.
    """

    model: LanguageModel
    vocabulary: Vocabulary
    ngrams: NGramModel | None = None
    trigrams: NGramModel | None = None

    def contenders(self) -> dict[str, LanguageModel]:
        """Those that read, by the name of their figures."""
        models = {TEST: self.model, NGRAMS: self.ngrams, TRIGRAMS: self.trigrams}
        return {name: model for name, model in models.items() if model is not None}


def observe_all(
    subject: Subject,
    text: EncodedText,
    batch: int = DOCUMENTS_AT_ONCE,
    report: Report | None = None,
) -> dict[str, Outcomes]:
    """What the model, its parts and every baseline make of every target of `text`.

    Args:
        subject: the model.
        text: at least one target.
        batch: see `observe`.
        report: see `observe`.
    """
    vocabulary = subject.vocabulary
    found = observe(Contenders(subject.contenders()), vocabulary, text, batch, report)
    judge, ids = Judge(vocabulary), np.asarray(text.ids)
    found[UNIGRAM] = outcomes_of(unigram(vocabulary), judge, ids)
    found[MOST_COMMON] = outcomes_of(most_common_word(vocabulary), judge, ids)
    return found


def all_figures(
    found: Mapping[str, Outcomes], text: EncodedText, vocabulary: Vocabulary
) -> dict[str, Any]:
    """metrics.json but for keys, blanks and the training, from `observe_all`."""
    target, strata = Target.all_of(text, vocabulary), Strata(text, vocabulary)
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
