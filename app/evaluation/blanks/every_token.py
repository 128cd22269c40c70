"""What the right side of a blank is worth: a word predicted from one side, from both.

The network for blanks and a text enter, and what a model that reads the left side made
of it; two sets of figures leave, on the same targets: every token of the text but the
ends of its paragraphs, as if each in its turn were a blank and all others were known.
Both read whole documents.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.evaluation.contenders import Report
from app.evaluation.metrics import Target, figures
from app.evaluation.outcomes import Judge, Outcomes
from app.language.two_sided import TwoSidedNetwork
from app.text.encoding import EncodedText
from app.text.vocabulary import EOS, Vocabulary

LEFT_ONLY = "left_only"
BOTH_SIDES = "both_sides"


def blank_figures(
    left_only: Outcomes, both_sides: Outcomes, target: Target, vocabulary: Vocabulary
) -> dict[str, Any]:
    """The figures of both, as they stand in metrics.json under "blanks".

    Args:
        left_only: what a model that reads from left to right made of every target.
        both_sides: see `observe_blanks`.
        target: all of a text.
        vocabulary: of both.
    """
    is_token = target.token_ids != EOS  # nobody blanks out an end
    tokens = target.only(is_token)
    return {
        LEFT_ONLY: figures(left_only.at(is_token), tokens, vocabulary),
        BOTH_SIDES: figures(both_sides.at(is_token), tokens, vocabulary),
    }


def observe_blanks(
    network: TwoSidedNetwork,
    vocabulary: Vocabulary,
    text: EncodedText,
    report: Report | None = None,
) -> Outcomes:
    """What the network for blanks makes of every target, all others being known.

    Args:
        network: reads both sides.
        vocabulary: its own.
        text: to be predicted.
        report: is called now and then with the number of targets done.
    """
    judge, found = Judge(vocabulary), Outcomes.empty(text.num_tokens)
    done = 0
    for document in text.documents():
        for table in network.fill_each(document):
            places = np.arange(done, done + len(table))
            found.put(places, judge.outcomes(table, np.asarray(text.ids)[places]))
            done += len(table)
            if report:
                report(done)
    return found
