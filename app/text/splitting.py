"""A corpus cut in three: what is learned, what is validated, what is measured.

A `TokenizedText` enters, three `Part`s leave that share no text. They are cut before
anything is counted, in an order that the texts themselves decide, so that the same
texts give the same parts whatever their files are called.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.errors import UserError
from app.text.duplicates import (
    near_duplicates,
    repeated_paragraphs,
    without_copies,
    without_repetitions,
)
from app.text.tokenized import Part, TokenizedText

_EVALUATION_SHARE = 0.05  # of the text, for validation and again for the test
# More would take minutes to be measured and change no figure: of 300,000 tokens the
# standard error of a perplexity is below one percent, that of an accuracy 0.1 %.
_MOST_EVALUATION_TOKENS = 300_000
_MIN_DOCUMENTS = 20
_MIN_PARAGRAPHS = 10


@dataclass(frozen=True)
class Parts:
    """A corpus cut in three.

    Attributes:
        train: what the network learns from and the vocabulary counts.
        valid: what decides when to stop.
        test: what is measured once, at the end; None: nothing is.
        description: how it was cut and what was left out.
    """

    train: Part
    valid: Part
    test: Part | None
    description: str

    def named(self) -> dict[str, Part]:
        """The parts that are there, by their names."""
        parts = {"train": self.train, "valid": self.valid, "test": self.test}
        return {name: part for name, part in parts.items() if part is not None}


def split(text: TokenizedText, *, keep_duplicates: bool = False) -> Parts:
    """Cuts a corpus 90/5/5 by document; fewer than 20 of them by paragraphs.

    Of a large corpus the two smaller parts have 300,000 tokens each.

    Args:
        text: the whole corpus.
        keep_duplicates: copies stay, and text may stand in more than one part.

    Raises:
        UserError: too little text for three parts.
    """
    whole = text.all().documents(np.argsort(text.document_digests, kind="stable"))
    kept = whole if keep_duplicates else without_copies(whole)
    numbers = np.arange(kept.num_documents)
    groups = numbers if keep_duplicates else near_duplicates(kept)
    parts = None
    if kept.num_documents >= _MIN_DOCUMENTS:
        parts = _cut_between_documents(kept, groups)
    how = "by document" if parts else "by paragraphs, the end of each document"
    train, valid, test = parts or _cut_within_documents(kept)
    if not keep_duplicates:
        train = without_repetitions(train)
        valid = _only_new(valid, [train])
        test = _only_new(test, [train, valid])
    if not (train.num_documents and valid.num_documents and test.num_documents):
        raise _too_small(kept)
    lines = [
        f"split {how}: {_size(train)} to learn from, {_size(valid)} to "
        f"validate, {_size(test)} to test"
    ]
    if not keep_duplicates:
        lines += _left_out(whole, kept, (train, valid, test))
        lines += _kept_together(groups) if parts else []
    return Parts(train, valid, test, "\n".join(lines))


def as_given(train: Part, valid: Part, test: Part | None) -> tuple[Parts, int]:
    """Parts that were cut by somebody else, and how many paragraphs they share.

    The number is of the paragraphs of `valid` and `test` that repeat `train`.
    """
    given = [part for part in (valid, test) if part is not None]
    num_repeated = sum(int(repeated_paragraphs(part, train).sum()) for part in given)
    sizes = [_size(train) + " to learn from", _size(valid) + " to validate"]
    if test is not None:
        sizes.append(_size(test) + " to test")
    return Parts(train, valid, test, f"as given: {', '.join(sizes)}"), num_repeated


def _cut_between_documents(
    part: Part, groups: np.ndarray
) -> tuple[Part, Part, Part] | None:
    """Whole groups of documents, in their order, until a part is full.

    A group larger than a part would be one of its own and say more about itself than
    about the corpus: it stays in training. None where nothing is left for a part.
    """
    lengths = np.diff(part.token_ends, prepend=0)
    sizes = np.bincount(groups, lengths)
    target = _evaluation_share(part) * sizes.sum()
    chosen: dict[str, list[int]] = {"test": [], "valid": []}
    filled = {"test": 0.0, "valid": 0.0}
    for group in np.flatnonzero(sizes <= target).tolist():
        name = next((name for name in filled if filled[name] < target), None)
        if name is None:
            break
        chosen[name].append(group)
        filled[name] += sizes[group]
    is_valid, is_test = (np.isin(groups, chosen[name]) for name in ("valid", "test"))
    masks = (~is_valid & ~is_test, is_valid, is_test)
    if not all(mask.any() for mask in masks):
        return None
    train, valid, test = (part.documents(np.flatnonzero(mask)) for mask in masks)
    return train, valid, test


def _cut_within_documents(part: Part) -> tuple[Part, Part, Part]:
    """The last twentieth of each document's paragraphs to test, one before to valid.

    Of a large corpus it is less than a twentieth.

    The tail is contiguous, because neighbouring paragraphs tell of each other.
    """
    sizes = np.diff(part.document_ends, prepend=0)
    tails = np.maximum(1, np.rint(_evaluation_share(part) * sizes)).astype(np.int64)
    tails[sizes < _MIN_PARAGRAPHS] = 0
    documents = part.document_of_paragraph
    to_end = part.document_ends[documents] - np.arange(part.num_paragraphs)
    test = to_end <= tails[documents]
    train = to_end > 2 * tails[documents]
    return part.only(train), part.only(~train & ~test), part.only(test)


def _evaluation_share(part: Part) -> float:
    """The share of the tokens of `part` that one of the two smaller parts gets."""
    num_tokens = max(int(part.paragraph_lengths.sum()), 1)
    return min(_EVALUATION_SHARE, _MOST_EVALUATION_TOKENS / num_tokens)


def _only_new(part: Part, learned: list[Part]) -> Part:
    """`part` without the paragraphs that repeat one of `learned`."""
    for other in learned:
        part = part.only(~repeated_paragraphs(part, other))
    return part


def _left_out(whole: Part, kept: Part, parts: tuple[Part, ...]) -> list[str]:
    """How many copies were found, in words."""
    num_copies = whole.num_documents - kept.num_documents
    num_repeated = kept.num_paragraphs - sum(part.num_paragraphs for part in parts)
    if not num_copies and not num_repeated:
        return []
    return [
        f"  left out as copies: {num_copies:,} documents, and {num_repeated:,} "
        "paragraphs of others"
    ]


def _kept_together(groups: np.ndarray) -> list[str]:
    """How many near-duplicates were found, in words."""
    members = np.bincount(groups)
    members = members[members > 1]
    if not members.size:
        return []
    return [
        f"  near-duplicates: {members.sum():,} documents in {members.size:,} groups, "
        f"the largest of {members.max():,}; each group is in one part"
    ]


def _size(part: Part) -> str:
    documents = "document" if part.num_documents == 1 else "documents"
    return f"{part.num_documents:,} {documents} ({part.num_paragraphs:,} paragraphs)"


def _too_small(part: Part) -> UserError:
    return UserError(
        f"The corpus is too small to split: {_size(part)} that differ. It needs "
        f"at least {_MIN_DOCUMENTS} documents, or one of at least {_MIN_PARAGRAPHS} "
        "paragraphs (parted by blank lines), and text in each part that is not in "
        "the others. Give more text, or the parts with --valid and --test."
    )
