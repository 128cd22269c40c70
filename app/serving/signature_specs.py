"""The signatures of an exported model: what can be asked, and what comes back.

The architecture of a network enters; names, types and shapes leave, the same for a
SavedModel and for the server that answers in its place. Nothing is computed here.
"""

from __future__ import annotations

from app.serving.predict_dialect import DEFAULT, Signature, Tensor
from app.serving.step_states import state_shapes
from app.settings import Architecture

NUM_SUGGESTIONS = 10  # columns of the answer; fixed, so that servers can batch it

STEP = "step"
SCORE = "score"
TYPING = "typing"
FILL = "fill"

_TEXT = {"text": Tensor("DT_STRING", (-1,))}
_WORDS = Signature(
    _TEXT,
    {
        "words": Tensor("DT_STRING", (-1, NUM_SUGGESTIONS)),
        "probabilities": Tensor("DT_FLOAT", (-1, NUM_SUGGESTIONS)),
    },
)
_SCORE = Signature(
    _TEXT,
    {
        "log_probability": Tensor("DT_FLOAT", (-1,)),
        "tokens": Tensor("DT_INT32", (-1,)),
    },
)


def signatures_of(
    architecture: Architecture, *, has_fill: bool
) -> dict[str, Signature]:
    """Every signature by its name.

    Args:
        architecture: of the network that reads on.
        has_fill: whether a network for blanks stands beside it.
    """
    signatures = {DEFAULT: _WORDS, TYPING: _WORDS, SCORE: _SCORE}
    if has_fill:
        signatures[FILL] = _WORDS
    if architecture.context_length is None:  # else it carries no states
        signatures[STEP] = _step(architecture)
    return signatures


def _step(architecture: Architecture) -> Signature:
    states = {
        name: Tensor("DT_FLOAT", (-1, *shape))
        for name, shape in state_shapes(architecture).items()
    }
    log_probabilities = Tensor("DT_FLOAT", (-1, architecture.vocabulary_size))
    return Signature(
        {"token_ids": Tensor("DT_INT32", (-1,)), **states},
        {"log_probabilities": log_probabilities, **states},
    )
