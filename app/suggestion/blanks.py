"""Words for the blanks of a text, where what stands to the right counts too.

Token ids of the pieces between the blanks go in, ranked words for every blank come
out. A network that reads from left to right cannot look ahead, so each candidate is
put into the blank and the text is read on: the better it goes on, the better the
candidate.

    left ___ right        log P(word | left) + log P(right | left word)

A network that reads both sides proposes words, too, and has its say about all of them
(`both_sides`). With several blanks a beam search goes from left to right, and a
blank's answer is the marginal of its hypotheses (`hypotheses`). The module knows no
text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.language.contract import LanguageModel
from app.language.two_sided import TwoSidedNetwork
from app.suggestion.blank_candidates import Blank, Given, Search
from app.suggestion.both_sides import between_pieces
from app.suggestion.decoding import Suggestion, read_context
from app.suggestion.hypotheses import Beam


class FilledBlank(NamedTuple):
    """The answer for one blank.

    Attributes:
        suggestions: the likeliest first.
        unexamined: prior mass of the words that were not tried, where words to the
            right decided between those that were; else None.
    """

    suggestions: list[Suggestion]
    unexamined: float | None


def fill(
    model: LanguageModel,
    blanks: Sequence[Blank],
    pieces: Sequence[np.ndarray],
    *,
    top: int,
    candidates: Sequence[Given] | None = None,
    two_sided: TwoSidedNetwork | None = None,
) -> list[FilledBlank]:
    """Words for every blank between two pieces.

    Args:
        model: only the contract is used.
        blanks: what may stand in each.
        pieces: int32 [tokens] each, one more than there are blanks; may be empty.
        top: suggestions per blank; where words to the right count, no more than are
            tried.
        candidates: rank only these, and all of them, in every blank.
        two_sided: the network for blanks, where there is one.

    Returns:
        One answer per blank, an empty one where no word may be offered. A single blank
        with nothing to its right gets the exact next words; elsewhere the
        probabilities of all words tried sum to 1.
    """
    beam = Beam.begin(read_context(model, pieces[0]))
    if len(pieces) == 2 and not len(pieces[1]) and candidates is None:
        words = Search(model, blanks[0], beam, None).next_words(top)
        return [FilledBlank(words, None)]
    unexamined = []
    for place, (blank, right) in enumerate(zip(blanks, pieces[1:], strict=True)):
        between = between_pieces(two_sided, pieces, place) if two_sided else None
        search = Search(model, blank, beam, between)
        if candidates is None:
            tried = search.try_words()
        else:
            tried = search.try_given(candidates)
        is_judged = candidates is None and len(right) > 0 and tried.candidates
        unexamined.append(search.unexamined(tried.candidates) if is_judged else None)
        if not tried.candidates:  # no word may be offered
            tried = search.try_unknown()
        beam = beam.take(model, *tried).judge(model, right, search.weight)
        if place + 1 < len(blanks):
            beam = beam.read_on(model, right)
    return [
        FilledBlank(_ranked(beam, place, candidates, top), mass)
        for place, mass in enumerate(unexamined)
    ]


def _ranked(
    beam: Beam, place: int, given: Sequence[Given] | None, top: int
) -> list[Suggestion]:
    """The `top` words of a blank, or all that were given, with their probabilities.

    Equal ones go by token ids, or in the order in which candidates were given. Given
    ones of the same tokens share what these have; one that no hypothesis took has 0.
    """
    totals: dict[tuple[int, ...], float] = {}
    words = {}
    for candidate, share in beam.shares(place):
        ids = candidate.token_ids
        totals[ids] = totals.get(ids, 0.0) + share
        words[ids] = candidate.word
    if given is None:
        found = [(words[ids], totals[ids]) for ids in sorted(totals) if words[ids]]
    else:
        top, counts = len(given), Counter(it.token_ids for it in given)
        found = [(word, totals.get(ids, 0.0) / counts[ids]) for word, ids in given]
    found.sort(key=lambda item: -item[1])
    # A sum of shares may exceed 1 by a rounding error.
    return [Suggestion(word, min(1.0, float(share))) for word, share in found[:top]]
