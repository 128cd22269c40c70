"""Kneser-Ney n-grams against KenLM, every probability of two small texts.

`tests/data/kneser_ney` holds the texts, both in the public domain, and what KenLM made
of them; the heads of its files tell how. The first chapter of Genesis (King James) has
enough n-grams of every order for Chen and Goodman's discounts; The House That Jack
Built, which adds a line to every verse, has not, so the fall-back is tested, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.language.kneser_ney import estimate
from app.language.ngram import NGramModel
from app.text.corpus import read_tokens
from app.text.counting import count_types
from app.text.encoding import encode
from app.text.readers import ReadOptions
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD, Vocabulary

FOLDER = Path(__file__).parent.parent / "data" / "kneser_ney"
SPECIAL = {"<s>": BOS, "</s>": EOS, "<unk>": OOV}
TEXTS = ["genesis", "house"]

NGram = tuple[int, ...]


class Arpa:
    """A back-off model in the ARPA format, read as its definition says.

    Source: Katz (1987); ngram-format(5) of SRILM. Numbers are logarithms to base 10.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self.log_probabilities: dict[NGram, float] = {}
        self.log_backoffs: dict[NGram, float] = {}
        lines = path.read_text(encoding="utf-8").split("\n")
        for line in lines[lines.index("\\1-grams:") :]:
            probability, _, rest = line.partition("\t")
            if not rest:
                continue
            words, _, backoff = rest.partition("\t")
            ids = tuple(
                SPECIAL.get(it) or int(vocabulary.encode([it])[0])
                for it in words.split(" ")
            )
            self.log_probabilities[ids] = float(probability)
            self.log_backoffs[ids] = float(backoff or 0)

    def log_probability(self, context: NGram, word: int) -> float:
        if (found := self.log_probabilities.get((*context, word))) is not None:
            return found
        given = self.log_backoffs.get(context, 0.0)
        return given + self.log_probability(context[1:], word)


@pytest.fixture(scope="module", params=TEXTS)
def models(request, tmp_path_factory) -> tuple[NGramModel, Arpa, Vocabulary]:
    """Ours and KenLM's, of the same text."""
    folder = tmp_path_factory.mktemp(request.param)
    text = read_tokens(
        [str(FOLDER / f"{request.param}.txt")], ReadOptions(pretokenized=True)
    )
    tokenizer = Tokenizer(pretokenized=True)
    vocabulary = Vocabulary.build(count_types(text.all()), tokenizer, size=1000)
    encoded = encode(text.all(), vocabulary, folder, "text")
    arpa = Arpa(FOLDER / f"{request.param}.arpa", vocabulary)
    estimate(encoded, vocabulary.size, folder, order=max(map(len, arpa.log_backoffs)))
    return NGramModel.load(folder), arpa, vocabulary


def states_after(model: NGramModel, context: NGram) -> object:
    """Those after a context, which begins with BOS or anywhere in a paragraph."""
    # What was never seen in any text is forgotten at once.
    begun, rest = ((), context[1:]) if context[:1] == (BOS,) else ((OOV,), context)
    states = model.start(1)
    for token_id in (*begun, *rest):
        states = model.advance(states, np.array([token_id], np.int32))
    return states


def contexts_in(arpa: Arpa) -> Iterator[NGram]:
    """Every context that the text has, and some that it has not."""
    longest = max(map(len, arpa.log_probabilities))
    seen = {ngram[:-1] for ngram in arpa.log_probabilities}
    yield from sorted(it for it in seen if EOS not in it)
    words = sorted(ngram[0] for ngram in seen if len(ngram) == 1)[::4]
    words = [word for word in words if word not in SPECIAL.values()]
    yield from itertools.islice(itertools.permutations(words, longest - 1), 300)


def test_every_probability_in_every_context_is_that_of_kenlm(models):
    model, arpa, vocabulary = models
    predicted = [i for i in range(vocabulary.size) if i not in (PAD, BOS, BLANK)]
    num_contexts = 0
    for context in contexts_in(arpa):
        found = model.log_probabilities(states_after(model, context))[0, predicted]
        expected = [arpa.log_probability(context, word) for word in predicted]
        np.testing.assert_allclose(found / np.log(10), expected, atol=2e-6)
        num_contexts += 1
    assert num_contexts > 500


def test_the_files_of_kenlm_hold_the_ngrams_that_the_text_has(models):
    model, arpa, vocabulary = models
    orders = [len(ngram) for ngram in arpa.log_probabilities]
    assert orders.count(1) == vocabulary.size - 2  # without PAD and BLANK
    assert model.order == max(orders)
    assert min(orders.count(order) for order in range(2, model.order + 1)) > 70
