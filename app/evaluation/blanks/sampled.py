"""How often a blank is filled with the word that stood there, answered as people are.

A predictor and documents enter; shares of right answers leave, as they stand in
metrics.json under "sampled". Every blank is asked for in up to three ways:

    left_only          the next word: nothing to the right of the blank is read
    both_sides         what `predict.py` answers: the model reads on to the right, and
                       the two-sided network, where there is one, has its say
    two_sided_network  that network alone

and each time twice: with any word for an answer, and with five candidates, of which
the right one should come first. All words count, content words and function words also
for themselves. A word that the vocabulary lacks cannot be offered, so it is a wrong
answer; as a candidate it is ranked as any rare word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from app.evaluation.blanks.cases import BlankCase, draw_cases
from app.evaluation.blanks.every_token import BOTH_SIDES, LEFT_ONLY
from app.evaluation.bootstrap import FEWEST_DOCUMENTS, standard_error_of_ratio
from app.evaluation.latency import latency_ms
from app.evaluation.word_classes import WordClass, is_english
from app.language.two_sided import TwoSidedNetwork
from app.suggestion.blank_candidates import Blank, Given
from app.suggestion.blanks import fill
from app.suggestion.both_sides import between_pieces
from app.suggestion.predictor import Predictor
from app.text.vocabulary import OOV

BLANKS = 200  # 30 s on one core with 20,000 words
TOPS = (1, 3, 5)

TWO_SIDED_NETWORK = "two_sided_network"

# A case, and the candidates or None: words, the best first.
Ask = Callable[[BlankCase, Sequence[Given] | None], list[str]]

_FAR = 10**9  # the rank of a word that is not offered


class Answered(NamedTuple):
    """How one way did on all blanks.

    Attributes:
        ranks: int64 [blanks], from 0, of the right word among any; far where it was
            not among the first.
        candidate_ranks: int64 [blanks], from 0, among the candidates.
        seconds: float64 [blanks], to answer with any word.
    """

    ranks: np.ndarray
    candidate_ranks: np.ndarray
    seconds: np.ndarray


def evaluate_sampled_blanks(
    predictor: Predictor,
    documents: Sequence[Sequence[str]],
    count: int = BLANKS,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """The shares of blanks that were filled rightly.

    Args:
        predictor: answers.
        documents: the paragraphs of each, as a person writes them.
        count: blanks, at most.
        seed: says which, and draws the candidates and the standard errors.
        report: is called now and then with the number of blanks done, of `count`.

    Returns:
        "blanks", "unknown_words" (of these), "seed", "resampled" (what was drawn for
        the standard errors), "by" (way, then kind of word), "gains" (of both sides over
        the left one) and "latency_ms" of every way. Where there is nothing to count, a
        share is None.
    """
    vocabulary, tokenizer = predictor.vocabulary, predictor.tokenizer
    cases = draw_cases(documents, vocabulary, tokenizer, count, seed)
    answered = ask_all(ways_to_ask(predictor), cases, report, count)
    kinds = _kinds(cases, is_english(vocabulary))
    by_document = len(documents) >= FEWEST_DOCUMENTS
    figures = _Figures(_units(cases, by_document), seed)
    return {
        "blanks": len(cases),
        "unknown_words": sum(_is_unknown(case) for case in cases),
        "seed": seed,
        "resampled": "documents" if by_document else "paragraphs",
        "by": {
            way: {kind: figures.shares(found, some) for kind, some in kinds.items()}
            for way, found in answered.items()
        },
        "gains": {
            kind: figures.gain(answered[BOTH_SIDES], answered[LEFT_ONLY], some)
            for kind, some in kinds.items()
        },
        "latency_ms": {way: latency_ms(it.seconds) for way, it in answered.items()},
    }


def ways_to_ask(predictor: Predictor) -> dict[str, Ask]:
    """What answers a case, by name."""
    model, blank = predictor.model, Blank(predictor.offers)
    network, nothing = predictor.two_sided, np.zeros(0, np.int32)

    def search(
        case: BlankCase, given: Sequence[Given] | None, right: np.ndarray
    ) -> list[str]:
        (answer,) = fill(
            model,
            [blank],
            [case.left, right],
            top=max(TOPS),
            candidates=given,
            two_sided=network if right is case.right else None,
        )
        return [it.word for it in answer.suggestions]

    ways: dict[str, Ask] = {
        LEFT_ONLY: lambda case, given: search(case, given, nothing),
        BOTH_SIDES: lambda case, given: search(case, given, case.right),
    }
    if network is not None:
        ways[TWO_SIDED_NETWORK] = _network_alone(network, predictor)
    return ways


def _network_alone(network: TwoSidedNetwork, predictor: Predictor) -> Ask:
    """Ranks by the two-sided network, which knows words of one token each."""
    vocabulary, offers = predictor.vocabulary, predictor.offers
    words = offers.host_ids[offers.is_alone]
    # What is unknown is one word and not all that were left out.
    log_oov_types = float(np.log(max(1, vocabulary.oov_types)))

    def ask(case: BlankCase, given: Sequence[Given] | None) -> list[str]:
        pieces = [case.left, case.right]
        table = between_pieces(network, pieces, 0).log_probabilities()
        if given is None:
            best = words[np.argsort(-table[words], kind="stable")[: max(TOPS)]]
            return [vocabulary.written[it] for it in best]
        ids = np.array([it.token_ids[0] for it in given])
        scores = table[ids] - log_oov_types * (ids == OOV)
        return [given[it].word for it in np.argsort(-scores, kind="stable")]

    return ask


def ask_all(
    ways: dict[str, Ask],
    cases: Sequence[BlankCase],
    report: Callable[[float], None] | None = None,
    total: int = 0,
) -> dict[str, Answered]:
    """Every case asked for in every way, with and without candidates.

    Args:
        ways: as `ways_to_ask` gives them.
        cases: the blanks.
        report: see `evaluate_sampled_blanks`.
        total: what is reported when all are done.
    """
    rows: dict[str, list[tuple[int, int, float]]] = {way: [] for way in ways}
    for done, case in enumerate(cases, start=1):
        for way, ask in ways.items():
            began = perf_counter()
            words = ask(case, None)
            seconds = perf_counter() - began
            ranked = ask(case, case.candidates)
            rows[way].append((_rank(case, words), _rank(case, ranked), seconds))
        if report:
            report(done * total / len(cases))
    return {way: _columns(found) for way, found in rows.items()}


def _columns(rows: list[tuple[int, int, float]]) -> Answered:
    ranks, candidate_ranks, seconds = zip(*rows, strict=True) if rows else ((),) * 3
    return Answered(
        np.array(ranks, np.int64),
        np.array(candidate_ranks, np.int64),
        np.array(seconds, np.float64),
    )


def _rank(case: BlankCase, words: Sequence[str]) -> int:
    """Where the right word stands, up to case: given tokens may differ in it alone."""
    right = case.word.lower()
    return next((i for i, word in enumerate(words) if word.lower() == right), _FAR)


def _is_unknown(case: BlankCase) -> bool:
    return any(OOV in it.token_ids for it in case.candidates)


def _kinds(cases: Sequence[BlankCase], english: bool) -> dict[str, np.ndarray]:
    """Bool [blanks] for each kind of word; of other languages no kinds are known."""
    classes = np.array([case.word_class for case in cases], np.int8)
    kinds = {"all": np.ones(len(cases), bool)}
    if english:
        kinds["content"] = classes == WordClass.CONTENT
        kinds["function"] = classes == WordClass.FUNCTION
    return kinds


def _units(cases: Sequence[BlankCase], by_document: bool) -> np.ndarray:
    """int64 [blanks]: numbers of the documents, or paragraphs, that they are of."""
    keys = [(it.document, 0 if by_document else it.paragraph) for it in cases]
    number = {key: i for i, key in enumerate(sorted(set(keys)))}
    return np.array([number[key] for key in keys], np.int64)


class _Figures:
    """Shares of right answers with their standard errors.

    Args:
        units: int [blanks], to which document or paragraph each belongs. Blanks of the
            same one are not independent, so whole ones are drawn anew.
        seed: of the draws.
    """

    def __init__(self, units: np.ndarray, seed: int) -> None:
        self._units = units
        self._seed = seed

    def shares(self, found: Answered, some: np.ndarray) -> dict[str, Any]:
        """The figures of one way on the blanks where bool [blanks] `some` is true."""
        ranks = found.ranks[some]
        right = {f"top_{top}_accuracy": ranks < top for top in TOPS}
        right["candidates_accuracy"] = found.candidate_ranks[some] == 0
        shares = {name: _mean(hits) for name, hits in right.items()}
        errors = {name: self._error(hits, some) for name, hits in right.items()}
        return {"blanks": len(ranks), **shares, "standard_errors": errors}

    def gain(
        self, better: Answered, worse: Answered, some: np.ndarray
    ) -> dict[str, float | None]:
        """By how much more often one way has the right word first, blank by blank."""
        gained = (better.ranks[some] == 0) - (worse.ranks[some] == 0).astype(np.int64)
        return {
            "top_1_accuracy": _mean(gained),
            "top_1_standard_error": self._error(gained, some),
        }

    def _error(self, values: np.ndarray, some: np.ndarray) -> float | None:
        """The standard error of the mean of int or bool [some blanks]."""
        if not len(values):
            return None
        different, which = np.unique(self._units[some], return_inverse=True)
        sums = np.bincount(which, values.astype(np.float64), len(different))
        counts = np.bincount(which, minlength=len(different)).astype(np.float64)
        return standard_error_of_ratio(sums, counts, self._seed)


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None
