"""The cache against its equation, whatever a search does with the memory."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.language.cache import FEWEST, JUST_READ, Cache, unit
from app.language.contract import join_rows, select_rows
from app.language.remembered import Remembered

WIDTH, NUM_IDS, SIZE = 3, 20, 25
CACHE = Cache(SIZE, 12.0)


@dataclasses.dataclass
class Told:
    """What one row was told, in full."""

    hidden: list[np.ndarray] = dataclasses.field(default_factory=list)
    ids: list[int] = dataclasses.field(default_factory=list)

    def tell(self, hidden: np.ndarray, ids: np.ndarray) -> Told:
        return Told([*self.hidden, *hidden], [*self.ids, *ids.tolist()])

    def look_up(self, query: np.ndarray) -> tuple[np.ndarray, float]:
        """The equation of the module, in float64, one remembered token at a time."""
        sums = np.zeros(NUM_IDS)
        seen = slice(-SIZE, -JUST_READ)
        for hidden, token_id in zip(self.hidden[seen], self.ids[seen], strict=True):
            lengths = np.linalg.norm(query) * np.linalg.norm(hidden)
            sums[token_id] += np.exp(12.0 * (query @ hidden) / lengths)
        if len(self.ids[seen]) < FEWEST:
            sums[:] = 0
        if not sums.any():
            return sums, -np.inf
        return sums / sums.sum(), float(np.log(sums.sum()))


def draw(generator: np.random.Generator, batch: int, steps: int):
    hidden = generator.normal(size=(batch, steps, WIDTH)).astype(np.float32)
    return hidden, generator.integers(0, NUM_IDS, (batch, steps)).astype(np.int32)


def check(memory: Remembered, rows: list[Told], generator: np.random.Generator) -> None:
    queries = generator.normal(size=(len(rows), WIDTH)).astype(np.float32)
    found = CACHE.look_up(memory, queries)
    table = np.zeros((len(rows), NUM_IDS), np.float32)
    found.add_to(table, np.ones(len(rows), np.float32))
    wanted = generator.integers(0, NUM_IDS, len(rows))
    for row, (told, query) in enumerate(zip(rows, queries, strict=True)):
        probabilities, evidence = told.look_up(query.astype(np.float64))
        np.testing.assert_allclose(table[row], probabilities, atol=1e-5)
        np.testing.assert_allclose(found.evidence[row], evidence, atol=1e-4)
        np.testing.assert_allclose(
            found.of(wanted)[row], probabilities[wanted[row]], atol=1e-5
        )


@given(
    st.lists(st.sampled_from("tell select join".split()), max_size=30),
    st.integers(0, 9999),
)
# The gaps of a row that had been joined counted once it was chosen alone, then twice.
@example(["join", "select", "select"], 3)
@example([*["tell"] * 4, *["select", "tell"] * 2, "join", "select", "select"], 3732)
def test_whatever_a_search_does_every_row_knows_what_it_was_told(actions, seed):
    generator = np.random.default_rng(seed)
    memory, rows = Remembered.empty(1, WIDTH), [Told()]
    for action in actions:
        if action == "tell":
            hidden, ids = draw(generator, len(rows), int(generator.integers(1, 10)))
            earlier, rows_before = memory, rows
            memory = CACHE.remember(memory, hidden, ids)
            rows = [it.tell(*new) for it, *new in zip(rows, hidden, ids, strict=True)]
            CACHE.remember(earlier, hidden + 1, ids)  # another continuation
            check(earlier, rows_before, generator)
        elif action == "select":
            chosen = generator.integers(0, len(rows), generator.integers(1, 5))
            memory, rows = select_rows(memory, chosen), [rows[i] for i in chosen]
        else:  # as after hosts and contractions: one part has read on
            first, second = np.array([0]), np.arange(len(rows))
            hidden, ids = draw(generator, 1, 2)
            told = CACHE.remember(select_rows(memory, first), hidden, ids)
            memory = join_rows([told, select_rows(memory, second)])
            rows = [rows[0].tell(hidden[0], ids[0]), *rows]
        check(memory, rows, generator)


def test_reading_on_does_not_copy_what_is_remembered():
    """A thousand words, one by one, move each key about twice."""
    memory = Remembered.empty(1, WIDTH)
    buffers = set()
    for _ in range(1000):
        memory = Cache(5000, 12.0).remember(
            memory, np.ones((1, 1, WIDTH), np.float32), np.ones((1, 1), np.int32)
        )
        buffers.add(id(memory.buffer))
    assert len(buffers) <= 12


def test_hypotheses_share_what_was_read_before_them():
    text = draw(np.random.default_rng(0), 1, 5)
    memory = CACHE.remember(Remembered.empty(1, WIDTH), *text)
    first, second = (select_rows(memory, np.zeros(n, int)) for n in (3, 4))
    joined = join_rows([first, second])
    assert joined.shared is first.shared is second.shared
    assert joined.keys.shape == (7, 0, WIDTH)


def test_nothing_is_found_where_little_was_read():
    """One word alone would be all that is expected."""
    vectors = np.ones((2, FEWEST + JUST_READ, WIDTH), np.float32)
    ids = np.ones((2, FEWEST + JUST_READ), np.int32)
    for length in (0, 1, JUST_READ + 1, FEWEST + JUST_READ - 1, FEWEST + JUST_READ):
        memory = Remembered.empty(2, WIDTH)
        memory = CACHE.remember(memory, vectors[:, :length], ids[:, :length])
        found = CACHE.look_up(memory, vectors[:, 0])
        expected = length == FEWEST + JUST_READ
        np.testing.assert_allclose(found.of(np.array([1, 1])), expected)
        assert np.isfinite(found.evidence).all() == expected


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e30])
def test_hidden_vectors_of_any_length_give_numbers(scale):
    vector = np.full((1, 1, WIDTH), scale, np.float32)
    assert np.isfinite(unit(vector)).all()
    vectors = vector.repeat(FEWEST + JUST_READ, axis=1)
    ids = np.array([[1] * FEWEST + [2] * JUST_READ])
    memory = CACHE.remember(Remembered.empty(1, WIDTH), vectors, ids)
    found = CACHE.look_up(memory, vector[:, 0])
    assert found.of(np.array([1])) == pytest.approx(1)


def test_a_word_just_said_is_not_expected_again():
    """ "The clouds are" was followed by another "are"."""
    generator = np.random.default_rng(0)
    hidden, _ = draw(generator, 1, FEWEST + 3)
    ids = np.array([[11] * FEWEST + [12, 13, 14]])
    memory = CACHE.remember(Remembered.empty(1, WIDTH), hidden, ids)
    found = CACHE.look_up(memory, hidden[:, -1])
    shares = [found.of(np.array([it]))[0] for it in (11, 12, 13, 14)]
    np.testing.assert_allclose(shares, [1, 0, 0, 0], atol=1e-6)
