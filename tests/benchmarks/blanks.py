"""How often a blank is filled with the word that stood there, on held-out text.

    python -m tests.benchmarks.blanks MODEL PATH
    python -m tests.benchmarks.blanks models/novels held_out.txt --blanks 1000 --seed 3
    python -m tests.benchmarks.blanks MODEL PATH --share 0.1 --share 0.25 --share 0.5

Words are blanked out one at a time at random places of the paragraphs in PATH, and
asked for three ways: by the language model alone, which reads from left to right; by
the two-sided network alone, where the model has one; by both. Function words are the
150 most frequent ones of the vocabulary, content words all others. Then the same blanks
with five candidates: the right word and four of the ten that are nearest to it in
frequency. In per cent, with two standard errors of the first; times are medians.
Other shares of the two-sided network than the usual one can be tried.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import NamedTuple

import numpy as np

import app
from app.console import progress_bar, run
from app.suggestion import blank_candidates
from app.suggestion.blank_candidates import Blank, Given
from app.suggestion.blanks import fill
from app.suggestion.both_sides import SHARE
from app.suggestion.predictor import Predictor
from app.text.readers import ReadOptions, read_sources
from app.text.vocabulary import RESERVED, Vocabulary

TOPS = (1, 3, 5)
RESERVED_AND_FUNCTION = len(RESERVED) + 150
NEAREST = 10  # in frequency, of which the wrong candidates are
CANDIDATES = 5
FEWEST_TOKENS = 8  # of a paragraph
LEFT_TOKENS = 200
_FAR = 10**9


class Case(NamedTuple):
    """A word of a text, and what stands around it: int32 [tokens] each."""

    word: int
    left: np.ndarray
    right: np.ndarray
    candidates: list[int]


Ask = Callable[[Case, list[int] | None], list[str]]


def draw_cases(predictor: Predictor, path: str, count: int, seed: int) -> list[Case]:
    """Blanks at random places, the same for the same vocabulary and seed."""
    generator = np.random.default_rng(seed)
    vocabulary = predictor.vocabulary
    paragraphs = list(_read_paragraphs(predictor, path))
    if not paragraphs:
        raise SystemExit(f"{path} has no paragraph of {FEWEST_TOKENS} tokens.")
    cases: list[Case] = []
    while len(cases) < count:
        token_ids = paragraphs[generator.integers(len(paragraphs))]
        place = int(generator.integers(len(token_ids) - 1))
        word, after = token_ids[place], token_ids[place + 1]
        # What a clitic follows is half a word.
        if vocabulary.is_suggestable[word] and after not in vocabulary.clitic_ids:
            left = token_ids[max(0, place - LEFT_TOKENS) : place]
            candidates = draw_candidates(vocabulary, int(word), generator)
            cases.append(Case(int(word), left, token_ids[place + 1 :], candidates))
    return cases


def draw_candidates(
    vocabulary: Vocabulary, word: int, generator: np.random.Generator
) -> list[int]:
    """The word and others of like frequency, in a random order."""
    words = np.flatnonzero(vocabulary.is_suggestable)  # by falling frequency
    place = int(np.searchsorted(words, word))
    first = min(max(0, place - NEAREST // 2), max(0, len(words) - NEAREST - 1))
    near = words[first : first + NEAREST + 1]
    others = generator.choice(near[near != word], CANDIDATES - 1, replace=False)
    return generator.permutation(np.append(others, word)).tolist()


def _read_paragraphs(predictor: Predictor, path: str) -> Iterator[np.ndarray]:
    for document in read_sources([path], ReadOptions()):
        for paragraph in document.paragraphs:
            tokens = predictor.tokenizer.tokenize(paragraph)
            if len(tokens) >= FEWEST_TOKENS:
                yield predictor.vocabulary.encode(tokens)


def ways_to_ask(predictor: Predictor, shares: Sequence[float]) -> dict[str, Ask]:
    """What answers a case with words, the best first."""
    written, blank = predictor.vocabulary.written, Blank(predictor.offers)

    def by_search(
        case: Case, candidates: list[int] | None, share: float = 0.0
    ) -> list[str]:
        blank_candidates.SHARE = share
        given = candidates and [Given(written[it], (it,)) for it in candidates]
        (answer,) = fill(
            predictor.model,
            [blank],
            [case.left, case.right],
            top=max(TOPS),
            candidates=given,
            two_sided=predictor.two_sided if share else None,
        )
        return [it.word for it in answer.suggestions]

    def by_both_sides(case: Case, candidates: list[int] | None) -> list[str]:
        network, hosts = predictor.two_sided, predictor.offers.host_ids
        table = network.between(case.left, case.right).log_probabilities()
        ids = np.array(candidates or hosts[predictor.offers.is_alone])
        return [written[it] for it in ids[np.argsort(-table[ids])[: max(TOPS)]]]

    ways: dict[str, Ask] = {"left to right": by_search}
    if predictor.two_sided is not None:
        ways["two-sided"] = by_both_sides
        for share in shares:
            ways[f"both, share {share}"] = partial(by_search, share=share)
    return ways


class Found(NamedTuple):
    """Of every case: where the right word stands in the answer, and how long it took.

    Attributes:
        ranks: int64 [cases], from 0; far away where it is not among them.
        seconds: float64 [cases].
    """

    ranks: np.ndarray
    seconds: np.ndarray


def ask_all(
    ask: Ask, cases: list[Case], written: tuple[str, ...], has_candidates: bool
) -> Iterator[tuple[int, float]]:
    """Rank and seconds, case by case."""
    for case in cases:
        began = perf_counter()
        words = ask(case, case.candidates if has_candidates else None)
        seconds = perf_counter() - began
        right = written[case.word]
        yield words.index(right) if right in words else _FAR, seconds


def measure(
    ways: dict[str, Ask], cases: list[Case], written: tuple[str, ...]
) -> dict[tuple[bool, str], Found]:
    """Every blank with and without candidates, asked for in every way."""
    questions = [(few, name) for few in (False, True) for name in ways]
    found = {}
    with progress_bar("Filling blanks", len(questions) * len(cases)) as bar:
        for number, (few, name) in enumerate(questions):
            answers = []
            for it in ask_all(ways[name], cases, written, few):
                answers.append(it)
                bar(number * len(cases) + len(answers))
            found[few, name] = Found(*map(np.array, zip(*answers, strict=True)))
    return found


def table(cases: list[Case], found: dict[tuple[bool, str], Found]) -> Iterator[str]:
    """Lines of figures, for all words and for each kind."""
    is_function = np.array([case.word for case in cases]) < RESERVED_AND_FUNCTION
    kinds = {"all": slice(None), "content": ~is_function, "function": is_function}
    yield f"{'':>26}{'cases':>6}" + "".join(f"{f'top {top} %':>8}" for top in TOPS)
    for (few, name), (ranks, seconds) in found.items():
        yield f"{name}, {f'{CANDIDATES} candidates' if few else 'any word'}"
        for kind, some in kinds.items():
            if count := len(ranks[some]):
                tops = TOPS[:2] if few else TOPS  # of five words all are the best five
                right = [float(np.mean(ranks[some] < top)) for top in tops]
                error = 200 * math.sqrt(right[0] * (1 - right[0]) / count)
                cells = "".join(f"{100 * it:8.1f}" for it in right).ljust(8 * len(TOPS))
                milliseconds = 1000 * float(np.median(seconds[some]))
                yield (
                    f"{kind + ' words':>26}{count:6}{cells}  ±{error:.1f}"
                    f"{milliseconds:8.0f} ms"
                )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("--blanks", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, action="append")
    options = parser.parse_args()

    def command() -> int:
        predictor = app.load(options.model)
        cases = draw_cases(predictor, options.path, options.blanks, options.seed)
        ways = ways_to_ask(predictor, options.share or [SHARE])
        found = measure(ways, cases, predictor.vocabulary.written)
        print(*table(cases, found), sep="\n")
        return 0

    return run(command)


if __name__ == "__main__":
    sys.exit(main())
