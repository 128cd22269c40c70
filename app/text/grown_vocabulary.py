"""The vocabulary of a text, and beside it the words that a model knew before.

Two vocabularies enter, one that has all the words of both leaves. What becomes of the
weights is not known here.
"""

from __future__ import annotations

import numpy as np

from app.errors import UserError
from app.text.vocabulary import RESERVED, Vocabulary


def grown_vocabulary(counted: Vocabulary, known: Vocabulary) -> Vocabulary:
    """`counted`, with those words of `known` that it lacks at its end.

    Args:
        counted: what `Vocabulary.build` made of the new training text.
        known: the words of an older model, none of which is forgotten.

    Returns:
        A vocabulary whose counts are those of the new text; words that only the older
        model knows have the count 0, since they were counted as unknown.

    Raises:
        UserError: the two were cut into tokens in different ways.
    """
    if counted.pretokenized != known.pretokenized:
        flag = "with" if known.pretokenized else "without"
        raise UserError(
            f"The model of --from was trained {flag} --pretokenized, so its words are "
            f"cut differently. Train {flag} it, or begin without --from."
        )
    start = len(RESERVED)
    present = set(counted.tokens[start:])
    extra = [i for i in range(start, known.size) if known.tokens[i] not in present]
    return Vocabulary(
        tokens=counted.tokens + tuple(known.tokens[i] for i in extra),
        counts=np.append(counted.counts, np.zeros(len(extra), np.int64)),
        written=counted.written + tuple(known.written[i] for i in extra),
        oov_types=counted.oov_types,
        pretokenized=counted.pretokenized,
    )
