"""Text that repeats itself: copies, and texts that largely repeat each other.

A model that was measured on text it has learned looks better than it is, and models
that memorise look best. What counts is eight words in a row, which two texts share
when one was copied from the other and nearly never by chance:

- *near-duplicates* are documents that share a fifth or more of the eight-word runs
  ("shingles") of the one that has fewer; whatever is linked so belongs together;
- a paragraph *repeats* a text when it stands there, or half of its shingles do.

Instead of the signatures of MinHash the shingles' own hashes are compared, all of them
or, of a large corpus, those below a bound, which is the same choice in every document:
that estimates containment without bias, in documents of any length, and joining equal
hashes is a matter of sorting one array. Nothing here takes a Python step a document.

Source: Broder 1997, On the resemblance and containment of documents, sketch MOD_m.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.text.tokenized import PARAGRAPH_END, Part

SHINGLE_TOKENS = 8
_LEAST_SHARED = 0.2  # of the smaller document's shingles
_LEAST_REPEATED = 0.5  # of a paragraph's shingles

# A paragraph that stands in more places is a notice, a signature or a set phrase and
# does not make the documents around it alike.
_MOST_COPIES = 10

# At most about so many hashes are sorted; a corpus of fewer tokens is compared exactly.
MOST_HASHES = 1 << 23  # 200 MB while they are sorted
# Documents that hold the same shingle are compared with the next so many that do, not
# each with each: what a thousand documents share links them in a chain all the same.
_NEIGHBOURS = 8

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd; 2^64 over the golden ratio
_MOST_BITS = 26  # of the table that answers for most shingles that they are not known


def without_copies(part: Part) -> Part:
    """The first of every group of documents with the same text."""
    starts = part.document_ends - np.diff(part.document_ends, prepend=0)
    digests = _document_digests(part, starts)
    _, first = np.unique(digests, return_index=True)
    return part.documents(np.sort(first))


def without_repetitions(part: Part) -> Part:
    """The first of every group of equal paragraphs long enough to have been copied.

    Shorter ones are not copies but what people say again and again.
    """
    _, first = np.unique(part.digests, return_index=True)
    wanted = part.paragraph_lengths <= SHINGLE_TOKENS  # the end of it counts as one
    wanted[first] = True
    return part.only(wanted)


def near_duplicates(part: Part) -> np.ndarray:
    """Which documents belong together.

    Args:
        part: no two of its documents have the same text.

    Returns:
        int64 [num_documents]: the number of each document's group; groups are numbered
        in the order in which they first appear.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    hashes, documents = _fingerprints(part)
    sizes = np.bincount(documents, minlength=part.num_documents)
    pairs, shared = _shared_hashes(hashes, documents, part.num_documents)
    one, other = pairs // part.num_documents, pairs % part.num_documents
    linked = shared >= _LEAST_SHARED * np.minimum(sizes[one], sizes[other])
    links = (np.ones(linked.sum(), bool), (one[linked], other[linked]))
    shape = (part.num_documents, part.num_documents)
    _, groups = connected_components(coo_array(links, shape), directed=False)
    _, first, numbers = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[numbers]


def repeated_paragraphs(part: Part, learned: Part) -> np.ndarray:
    """Bool [num_paragraphs]: the paragraphs of `part` that repeat `learned`."""
    repeated = np.isin(part.digests, learned.digests)
    hashes, paragraphs = _joined(_paragraph_shingles(part))
    known = _occur_in(learned, hashes)
    num_shingles = np.bincount(paragraphs, minlength=part.num_paragraphs)
    num_known = np.bincount(paragraphs[known], minlength=part.num_paragraphs)
    return repeated | (num_known >= np.maximum(_LEAST_REPEATED * num_shingles, 1))


def _document_digests(part: Part, starts: np.ndarray) -> np.ndarray:
    """uint64 [num_documents]: of the documents that these paragraphs are of."""
    first = part.paragraphs[starts]
    ends = part.text.document_ends
    return part.text.document_digests[np.searchsorted(ends, first, "right")]


# -- shingles ------------------------------------------------------------------------


def _shingles(
    ids: np.ndarray, units: np.ndarray, hashes_of_types: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Every run of eight words inside a unit.

    Args:
        ids: uint32 [num_tokens], numbers of types.
        units: int64 [num_tokens], the document or paragraph of each token.
        hashes_of_types: uint64 [num_types].

    Returns:
        uint64 [n], hashes, and int64 [n], the unit of each.
    """
    is_word = ids != PARAGRAPH_END
    words, units = hashes_of_types[ids[is_word]], units[is_word]
    count = len(words) - SHINGLE_TOKENS + 1
    if count < 1:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    hashes = np.zeros(count, np.uint64)
    for place in range(SHINGLE_TOKENS):  # a polynomial modulo 2^64
        hashes *= _MULTIPLIER
        hashes += words[place : place + count]
    hashes ^= hashes >> np.uint64(32)  # the upper bits decide below, so mix them
    hashes *= _MULTIPLIER
    is_whole = units[:count] == units[SHINGLE_TOKENS - 1 :]
    return hashes[is_whole], units[:count][is_whole]


def _document_shingles(part: Part) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Shingles with their documents; they run on from paragraph to paragraph.

    Notices are left out, or all mails of a firm would be one group.
    """
    hashes_of_types = part.text.type_hashes
    _, rows, counts = np.unique(part.digests, return_inverse=True, return_counts=True)
    is_own = counts[rows] <= _MOST_COPIES
    for block in part.blocks():
        own = is_own[block.paragraphs]
        yield _shingles(block.ids[own], block.documents[own], hashes_of_types)


def _paragraph_shingles(part: Part) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Shingles with their paragraphs, inside which they stay."""
    hashes_of_types = part.text.type_hashes
    for block in part.blocks():
        yield _shingles(block.ids, block.paragraphs, hashes_of_types)


def _joined(
    blocks: Iterator[tuple[np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray]:
    empty = np.empty(0, np.uint64), np.empty(0, np.int64)
    hashes, units = zip(empty, *blocks, strict=True)
    return np.concatenate(hashes), np.concatenate(units)


# -- documents that share shingles ---------------------------------------------------


def _fingerprints(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Hashes, sorted, with their documents, ascending where hashes are equal."""
    num_tokens = int(part.paragraph_lengths.sum())
    bound = np.uint64(min(1.0, MOST_HASHES / max(num_tokens, 1)) * (2**64 - 2**11))

    def chosen() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for hashes, documents in _document_shingles(part):
            below = hashes <= bound
            hashes, documents = hashes[below], documents[below]
            order = np.lexsort((hashes, documents))
            hashes, documents = hashes[order], documents[order]
            is_new = np.ones(len(hashes), bool)  # a document counts each of them once
            is_new[1:] = (np.diff(hashes) != 0) | (np.diff(documents) != 0)
            yield hashes[is_new], documents[is_new]

    hashes, documents = _joined(chosen())
    order = np.argsort(hashes, kind="stable")
    return hashes[order], documents[order]


def _shared_hashes(
    hashes: np.ndarray, documents: np.ndarray, num_documents: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of documents and how many hashes they share.

    Returns:
        int64 [num_pairs], `one * num_documents + other`, and int64 [num_pairs].
    """
    pairs, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for distance in range(1, _NEIGHBOURS + 1):
        same = np.flatnonzero(hashes[:-distance] == hashes[distance:])
        keys = documents[same] * num_documents + documents[same + distance]
        unique, count = np.unique(keys, return_counts=True)
        pairs.append(unique)
        counts.append(count)
    unique, rows = np.unique(np.concatenate(pairs), return_inverse=True)
    return unique, np.bincount(rows, np.concatenate(counts), len(unique))


def _occur_in(part: Part, hashes: np.ndarray) -> np.ndarray:
    """Bool [n]: whether each of uint64 [n] `hashes` is one of a paragraph of `part`."""
    wanted, rows = np.unique(hashes, return_inverse=True)
    found = np.zeros(len(wanted), bool)
    # Nearly no shingle of `part` is wanted; a table of leading bits says so at once.
    bits = min(int(16 * len(wanted)).bit_length(), _MOST_BITS)
    shift = np.uint64(64 - bits)
    may_be = np.zeros(1 << bits, bool)
    may_be[wanted >> shift] = True
    for own, _ in _paragraph_shingles(part):
        own = own[may_be[own >> shift]]
        places = np.minimum(np.searchsorted(wanted, own), len(wanted) - 1)
        found[places[wanted[places] == own]] = True
    return found[rows]
