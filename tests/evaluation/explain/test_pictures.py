"""Orders, heat maps and scores."""

import base64
import struct
import zlib

import numpy as np

from app.evaluation.explain.heat_map import data_address, png
from app.evaluation.explain.ordering import GROUPS, order_units
from app.evaluation.explain.ranking import rank_correlation


def pixels(file: bytes) -> np.ndarray:
    """The palette's indices of an 8-bit picture without filters."""
    width, height = struct.unpack(">II", file[16:24])
    begin = file.index(b"IDAT")
    (length,) = struct.unpack(">I", file[begin - 4 : begin])
    data = zlib.decompress(file[begin + 4 : begin + 4 + length])
    return np.frombuffer(data, np.uint8).reshape(height, 1 + width)[:, 1:]


def test_a_heat_map_has_a_pixel_a_number_and_nothing_for_nothing():
    values = np.array([[-1.0, 0.0, np.nan], [0.5, 1.0, 9.0]])
    assert pixels(png(values)).tolist() == [[0, 127, 127], [190, 254, 254]]


def test_a_browser_or_a_program_can_read_the_file():
    file = png(np.zeros((2, 3)))
    place = 8
    kinds = []
    while place < len(file):
        (length,) = struct.unpack(">I", file[place : place + 4])
        chunk = file[place + 4 : place + 8 + length]
        (check,) = struct.unpack(">I", file[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(chunk)
        kinds.append(chunk[:4])
        place += 12 + length
    assert kinds == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    address = data_address(np.zeros((2, 3)))
    assert base64.b64decode(address.partition(",")[2]) == file


def test_units_that_behave_alike_stand_together():
    generator = np.random.default_rng(0)
    patterns = generator.normal(size=(3, 30))
    kinds = np.tile([0, 1, 2], 5)
    memory = patterns[kinds].T + generator.normal(scale=0.01, size=(30, 15))
    order = order_units(memory.astype(np.float32))
    assert not order.has_groups
    assert np.count_nonzero(np.diff(kinds[order.units])) == 2


def test_many_units_are_drawn_as_means_of_neighbours():
    memory = np.random.default_rng(0).normal(size=(20, 256)).astype(np.float32)
    order = order_units(memory)
    assert order.has_groups
    means = order.mean_rows(memory)
    assert len(means) <= GROUPS
    assert sorted(order.units.tolist()) == list(range(256))
    first = order.units[order.groups == 0]
    np.testing.assert_allclose(means[0], memory[:, first].mean(axis=1), atol=1e-6)
    sizes = np.bincount(order.groups)
    np.testing.assert_allclose(sizes @ means, memory.sum(axis=1), atol=1e-4)


def test_units_that_never_move_are_drawn_too():
    order = order_units(np.zeros((20, 80), np.float32))
    assert sorted(order.units.tolist()) == list(range(80))


def test_a_text_of_one_word_has_an_order():
    assert order_units(np.ones((1, 4), np.float32)).units.tolist() == [0, 1, 2, 3]


def test_rank_correlation_knows_ties_and_constants():
    one = np.array([1.0, 2.0, 2.0, 3.0])
    assert rank_correlation(one, one * 7) == 1.0
    assert rank_correlation(one, -one) == -1.0
    assert rank_correlation(one, np.ones(4)) is None
