"""What the signatures of an exported model answer, without TensorFlow.

Arrays for a signature enter, arrays leave: the same words and, up to rounding, the same
numbers as from the SavedModel (`graph_suggestions` and its neighbours, whose twin this
is), computed by the numpy networks and the search that `predict.py` uses. So it differs
from `predict.py --network-only` where the SavedModel does: the first blank of a text is
answered, and its right side ends where the next one begins; letters beside a blank are
words of their own; no text is refused. This module knows no JSON and no server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from app.language.network import Network
from app.language.two_sided import TwoSidedNetwork
from app.serving.predict_dialect import DEFAULT, Request, RequestError
from app.serving.signature_specs import (
    FILL,
    NUM_SUGGESTIONS,
    SCORE,
    STEP,
    TYPING,
    signatures_of,
)
from app.serving.step_states import pack, unpack
from app.settings import Architecture
from app.suggestion.answers import BlankDict, blank_dict, with_capitals
from app.suggestion.blank_candidates import Blank
from app.suggestion.blanks import fill
from app.suggestion.half_given import BLANK, Letters
from app.suggestion.predictor import Predictor
from app.suggestion.scoring import score_text


class Signatures:
    """Answers in the place of the SavedModel of a model.

    Args:
        predictor: of the network alone, and the network for blanks where there is one.
        architecture: of the network.

    Attributes:
        specs: every signature by its name.
    """

    def __init__(self, predictor: Predictor, architecture: Architecture) -> None:
        if not isinstance(predictor.model, Network):
            raise TypeError("an exported model is a network alone")
        self._predictor = predictor
        self._network = predictor.model
        self._read = predictor.vocabulary.encode, predictor.tokenizer.tokenize
        has_fill = predictor.two_sided is not None
        self.specs = signatures_of(architecture, has_fill=has_fill)

    def answer(self, request: Request) -> dict[str, np.ndarray]:
        """The outputs of a signature by name, batch first; texts are bytes.

        Args:
            request: of a signature of `specs`, with its inputs.

        Raises:
            RequestError: the inputs of a step do not belong together.
        """
        if request.signature == STEP:
            return self._step(request.inputs)
        texts = [_text(it) for it in request.inputs["text"]]
        if request.signature == SCORE:
            return self._scores(texts)
        words: dict[str, Callable[[str], BlankDict]] = {
            DEFAULT: lambda text: self._fill(text, None),
            FILL: lambda text: self._fill(text, self._predictor.two_sided),
            TYPING: self._finish,
        }
        return _table([words[request.signature](text) for text in texts])

    def _fill(self, text: str, two_sided: TwoSidedNetwork | None) -> BlankDict:
        """The word for the first blank, or the next one."""
        left, *rest = BLANK.split(text, maxsplit=2)
        encode, tokenize = self._read
        tokens = [tokenize(left), tokenize(rest[0] if rest else "")]
        filled = fill(
            self._network,
            [Blank(self._predictor.offers)],
            [encode(piece) for piece in tokens],
            top=NUM_SUGGESTIONS,
            two_sided=two_sided,
        )
        if not self._predictor.tokenizer.pretokenized:
            filled = with_capitals(filled, tokens, [Letters("", "")])
        return blank_dict(filled[0])

    def _finish(self, text: str) -> BlankDict:
        """The last word, which is half typed."""
        answer = self._predictor.complete(text, top=NUM_SUGGESTIONS, typing=True)
        return answer["blanks"][0]

    def _scores(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        found = [score_text(self._predictor, it).log_probabilities for it in texts]
        return {
            "log_probability": np.array([it.sum() for it in found], np.float32),
            "tokens": np.array([len(it) for it in found], np.int32),
        }

    def _step(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        token_ids, network = inputs["token_ids"], self._network
        sizes = {name: len(it) for name, it in inputs.items()}
        if len(set(sizes.values())) > 1:
            raise RequestError(f"The inputs differ in their number of rows: {sizes}.")
        is_known = (token_ids >= 0) & (token_ids < network.vocabulary_size)
        if not is_known.all():
            raise RequestError(
                f"The input 'token_ids' holds {token_ids[~is_known][0]}, but the ids "
                f"are 0 to {network.vocabulary_size - 1}."
            )
        before = unpack(inputs, network.reader.zero_states(1))
        # States may hold any number, and none: so may then what comes out.
        with np.errstate(over="ignore", invalid="ignore"):
            after = network.advance(before, token_ids)
            log_probabilities = network.log_probabilities(after)
        return {"log_probabilities": log_probabilities, **pack(after)}


def _text(given: bytes) -> str:
    """A text as the graph reads it: U+FFFD for every malformed byte."""
    return given.decode("utf-8", "replace")


def _table(answers: Sequence[BlankDict]) -> dict[str, np.ndarray]:
    """Words and probabilities, [batch, NUM_SUGGESTIONS], padded with "" and 0."""
    shape = len(answers), NUM_SUGGESTIONS
    words, probabilities = np.full(shape, b"", object), np.zeros(shape, np.float32)
    for row, answer in enumerate(answers):
        for column, it in enumerate(answer["suggestions"]):
            words[row, column] = it["word"].encode()
            probabilities[row, column] = it["probability"]
    return {"words": words, "probabilities": probabilities}
