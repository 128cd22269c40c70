"""Every format of vectors, written by gensim itself, and every damage we thought of."""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import logging
import lzma
import os
import pickle
import random
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from app.errors import UserError
from app.text.tokenizer import Tokenizer
from app.text.vector_formats import glove_text, opening, saved_objects
from app.text.vector_formats.rows import Wanted
from app.text.vector_formats.subwords import Pieces, piece_rows
from app.text.vectors import check_source, read_vectors
from app.text.vocabulary import Vocabulary
from tests.texts import counts_of

WORDS = ["the", "cat", "London", "naïve", "straße", "日本"]
ROWS = (np.arange(24, dtype=np.float32).reshape(6, 4) - 11.5) / 7
UNKNOWN = "cats"  # in no file; its pieces are those of "cat"
VOCABULARY = Vocabulary.build(
    counts_of([[["the", "the", *WORDS[1:], UNKNOWN]]]), Tokenizer(), size=99
)


@pytest.fixture(scope="module")
def gensim_models():
    """`gensim.models`; importing it takes a second."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import gensim.models
        import gensim.models.fasttext
    return gensim.models


@pytest.fixture(scope="module")
def keyed(gensim_models):
    vectors = gensim_models.KeyedVectors(4)
    vectors.add_vectors(WORDS, ROWS)
    return vectors


@pytest.fixture(scope="module")
def fasttext(gensim_models):
    return gensim_models.FastText(
        [WORDS] * 9, vector_size=4, min_count=1, bucket=300, epochs=1, workers=1
    )


def read(path: Path, vocabulary: Vocabulary = VOCABULARY):
    return read_vectors(str(path), vocabulary, seed=0)


def row(vectors, word: str) -> np.ndarray:
    return vectors.matrix[VOCABULARY.encode([word])[0]]


def check_rows(path: Path) -> None:
    vectors = read(path)
    for word, expected in zip(WORDS, ROWS, strict=True):
        assert row(vectors, word) == pytest.approx(expected, abs=1e-6), word
    assert vectors.missing == ((UNKNOWN, 1),)


def check_fasttext(path: Path, model) -> None:
    vectors = read(path)
    for word in [*WORDS[:2], *WORDS[3:], UNKNOWN]:
        assert row(vectors, word) == pytest.approx(model.wv[word], abs=1e-6), word
    # "london" has no row, and its sub-words come before another way to write it.
    assert row(vectors, "london") == pytest.approx(model.wv["london"], abs=1e-6)
    assert vectors.types_from_subwords == 2
    assert "2 are made of their sub-words" in vectors.description()


# -- formats -------------------------------------------------------------------------


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("ending", ["", ".gz", ".bz2", ".xz"])
def test_word2vec_text_and_binary_as_gensim_writes_them(
    tmp_path, keyed, binary, ending
):
    plain = tmp_path / "plain"
    keyed.save_word2vec_format(str(plain), binary=binary)
    pack = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    path = tmp_path / ("misnamed.bin" + ending[:2])  # the content counts
    path.write_bytes(pack[ending](plain.read_bytes()))
    check_rows(path)


def test_word2vec_binary_as_the_original_tool_ends_its_rows(tmp_path):
    body = b"".join(
        word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n"
        for word, vector in zip(WORDS, ROWS, strict=True)
    )
    (tmp_path / "v.bin").write_bytes(b"6 4\n" + body)
    check_rows(tmp_path / "v.bin")


@pytest.mark.parametrize("with_header", [False, True])
def test_text_inside_a_zip_archive(tmp_path, keyed, with_header):
    text = tmp_path / "v.txt"
    keyed.save_word2vec_format(str(text), write_header=with_header)
    with zipfile.ZipFile(tmp_path / "v.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        archive.write(text, "folder/v.txt")
    check_rows(tmp_path / "v.zip")


def test_an_archive_of_several_files_is_refused_with_their_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("glove.6B.50d.txt", "the 1 2\n")
        archive.writestr("glove.6B.100d.txt", "the 1 2\n")
    with pytest.raises(UserError, match=r"2 files \(glove.6B.50d.txt, .* Unpack it"):
        read(tmp_path / "v.zip")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_fasttext_bin_makes_unknown_words_of_their_sub_words(
    tmp_path, gensim_models, fasttext, pack
):
    plain = tmp_path / "plain.bin"
    gensim_models.fasttext.save_facebook_model(fasttext, str(plain))
    path = tmp_path / "packed.bin"
    path.write_bytes(pack(plain.read_bytes()))
    check_fasttext(path, fasttext)


def test_fasttext_vec_has_words_alone(tmp_path, fasttext):
    path = tmp_path / "model.vec"
    fasttext.wv.save_word2vec_format(str(path))
    path.write_text(path.read_text().replace("\n", " \n"))  # as Facebook's tool does
    vectors = read(path)
    assert row(vectors, "cat") == pytest.approx(fasttext.wv["cat"], abs=1e-6)
    assert vectors.types_from_subwords == 0
    assert vectors.types_from_variants == 1


@pytest.mark.parametrize("what", ["words", "whole model"])
@pytest.mark.parametrize("limit", [10 * 1024**2, 1])  # 1: arrays in their own files
def test_fasttext_that_gensim_saved(tmp_path, fasttext, what, limit):
    path = tmp_path / "ft.kv"
    (fasttext.wv if what == "words" else fasttext).save(str(path), sep_limit=limit)
    check_fasttext(path, fasttext)


@pytest.mark.parametrize("limit", [10 * 1024**2, 1])
@pytest.mark.parametrize("name", ["v.kv", "v.kv.gz", "v.kv.bz2"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_keyed_vectors_that_gensim_saved(tmp_path, keyed, limit, name, protocol):
    keyed.save(str(tmp_path / name), sep_limit=limit, pickle_protocol=protocol)
    if protocol == 2 and limit > 1:  # its bytes are a call of codecs.encode
        with pytest.raises(UserError, match="save_word2vec_format"):
            read(tmp_path / name)
    else:
        check_rows(tmp_path / name)


@pytest.mark.parametrize("limit", [10 * 1024**2, 1])
def test_keyed_vectors_that_lie_by_columns(tmp_path, gensim_models, limit):
    vectors = gensim_models.KeyedVectors(4)
    vectors.add_vectors(WORDS, ROWS)
    vectors.vectors = np.asfortranarray(vectors.vectors)
    vectors.save(str(tmp_path / "v.kv"), sep_limit=limit)
    check_rows(tmp_path / "v.kv")


def test_a_whole_word2vec_model_that_gensim_saved(tmp_path, gensim_models):
    model = gensim_models.Word2Vec(
        [WORDS] * 5, vector_size=4, min_count=1, workers=1, epochs=1
    )
    model.save(str(tmp_path / "w2v.model"))
    vectors = read(tmp_path / "w2v.model")
    assert row(vectors, "cat").tolist() == model.wv["cat"].tolist()


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_numpy_with_its_list_of_words(tmp_path, dtype, order):
    table = np.asarray(ROWS.astype(dtype), order=order)
    np.save(tmp_path / "v.npy", table)
    (tmp_path / "v.txt").write_text("\n".join(WORDS), encoding="utf-8")
    vectors = read(tmp_path / "v.npy")
    assert row(vectors, "naïve") == pytest.approx(ROWS[3], rel=1e-3)
    assert row(vectors, "london") == pytest.approx(ROWS[2], rel=1e-3)


def test_an_array_and_its_list_may_be_packed(tmp_path):
    np.save(tmp_path / "v.npy", ROWS)
    packed = gzip.compress((tmp_path / "v.npy").read_bytes())
    (tmp_path / "v.npy.gz").write_bytes(packed)
    (tmp_path / "v.txt.xz").write_bytes(lzma.compress("\n".join(WORDS).encode()))
    check_rows(tmp_path / "v.npy.gz")


def test_pieces_of_words_are_hashed_as_gensim_hashes_them(gensim_models):
    hashes = gensim_models.fasttext.ft_ngram_hashes
    for word in [*WORDS, "a", "ab", "co-operate", "😀b", "é" * 9]:
        for shortest, longest in [(3, 6), (1, 2), (5, 5), (2, 3)]:
            expected = hashes(word, shortest, longest, 997)
            assert piece_rows(word, Pieces(shortest, longest, 997)) == list(expected)


def test_rows_beyond_the_first_block_are_found(tmp_path):
    many = np.random.default_rng(0).normal(size=(9000, 300)).astype(np.float32)
    names = [f"x{i}" for i in range(9000)]
    names[4], names[8999] = "the", "cat"
    np.save(tmp_path / "c.npy", many)
    np.save(tmp_path / "f.npy", np.asfortranarray(many))
    for name in ("c", "f"):
        (tmp_path / f"{name}.txt").write_text("\n".join(names) + "\n")
        vectors = read(tmp_path / f"{name}.npy")
        assert row(vectors, "the").tolist() == many[4].tolist()
        assert row(vectors, "cat").tolist() == many[8999].tolist()


# -- damage: text --------------------------------------------------------------------


def test_one_endless_line_is_met_in_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(glove_text, "_MAX_LINE", 1000)
    asked = []

    class Endless:
        def readline(self, limit):
            asked.append(limit)
            return b"a" * limit

    with pytest.raises(UserError, match="line 1: is longer than 1,000 bytes"):
        list(glove_text.read(Path("x"), Endless(), Wanted(frozenset(["the"]))))
    assert asked == [1001]


def test_a_long_line_inside_a_file_is_told_with_its_number(tmp_path):
    path = tmp_path / "v.txt"
    path.write_bytes(b"the 1 2\n" + b"cat " + b"1" * 2**21)
    with pytest.raises(UserError, match="line 2: is longer than 1,048,576 bytes"):
        read(path)


def test_repeated_words_and_nan_are_told_once_with_their_place(tmp_path, caplog):
    path = tmp_path / "v.txt"
    path.write_text("the 1 2\nthe 3 4\ncat nan 1\nLondon 1e99 1\nthe 5 6\n日本 1 1\n")
    with caplog.at_level(logging.WARNING):
        vectors = read(path)
    assert row(vectors, "the").tolist() == [1, 2]
    repeated, unusable = (record.getMessage() for record in caplog.records)
    assert "2 of the wanted rows repeat a word, the first of them 'the'" in repeated
    assert "line 2. The first row of a word counts" in repeated
    assert "2 of the wanted words have a vector of zeros, NaN or infinity" in unusable
    assert "'cat', line 3" in unusable
    assert np.isfinite(vectors.matrix).all()


def test_numbers_too_large_to_square_are_no_vectors(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("the 1 2\ncat 3e38 -3e38\n")
    assert np.isfinite(read(path).matrix).all()


@pytest.mark.parametrize("header", ["", "2 2\n"])
def test_a_byte_order_mark_is_no_letter(tmp_path, header):
    path = tmp_path / "v.txt"
    path.write_text(f"{header}the 1 2\ncat 3 4\n", encoding="utf-8-sig")
    assert row(read(path), "the").tolist() == [1, 2]


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "v.txt"
    path.write_text("the 1 2\n")

    def refuse(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(opening, "_open", refuse)
    with pytest.raises(UserError, match="v.txt: cannot be read: Permission denied"):
        read(path)


def test_more_words_than_promised_are_read_and_remarked_on(tmp_path, caplog):
    (tmp_path / "v.txt").write_text("1 2\nthe 1 2\ncat 3 4\n")
    vectors = read(tmp_path / "v.txt")
    assert row(vectors, "cat").tolist() == [3, 4]
    assert "has 2 words, but line 1 promises 1" in caplog.text


@pytest.mark.parametrize(
    "header", ["200000000 300", "2 99999999999", "99999999999999999999 4"]
)
@pytest.mark.parametrize("binary", [False, True])
def test_a_forged_header_is_met_without_allocating(tmp_path, keyed, header, binary):
    path = tmp_path / "v"
    keyed.save_word2vec_format(str(path), binary=binary)
    path.write_bytes(path.read_bytes().replace(b"6 4", header.encode(), 1))
    with pytest.raises(UserError, match=r"line \d|byte \d|ends after 6 words") as told:
        read(path)
    assert str(path) in str(told.value)


# -- damage: binary ------------------------------------------------------------------


def refused(path: Path, data: bytes, message: str) -> None:
    path.write_bytes(data)
    with pytest.raises(UserError, match=message) as told:
        read(path)
    assert str(path) in str(told.value)


def test_word2vec_binary_cut_short_anywhere_names_the_byte(tmp_path, keyed):
    path = tmp_path / "v.bin"
    keyed.save_word2vec_format(str(path), binary=True)
    whole = path.read_bytes()
    for length in range(30, len(whole), 7):
        refused(path, whole[:length], rf"byte {length}: ends where .*word \d")
    refused(path, whole + b"more", r"byte \d+: goes on with b'more'")
    refused(path, whole.replace(b"6 4", b"6 3", 1), r"byte \d+: ")
    refused(path, whole.replace(b"6 4", b"6 5", 1), r"byte \d+: ")


def test_fasttext_bin_cut_short_anywhere_names_the_byte(
    tmp_path, gensim_models, fasttext
):
    path = tmp_path / "ft.bin"
    gensim_models.fasttext.save_facebook_model(fasttext, str(path))
    whole = path.read_bytes()
    input_matrix = len(whole) - (4 * 4 * 6 + 17)  # the output matrix is not read
    for length in [9, 40, 70, 100, 140, 300, 2000, input_matrix - 1]:
        refused(path, whole[:length], f"byte {length:,}: ends where")
    path.write_bytes(whole[:input_matrix])
    check_fasttext(path, fasttext)


@pytest.mark.parametrize(
    ("offset", "layout", "value", "message"),
    [
        (4, "<i", 99, "byte 4: version 99"),
        (8, "<i", 2**31 - 1, "byte 8: says that a vector has 2147483647 numbers"),
        (8, "<i", -1, "byte 8: says that a vector has -1 numbers"),
        (40, "<i", 2**31 - 1, r"a matrix of 306 x 4, .* promise 2,147,483,653 x 4"),
        (40, "<i", -5, "byte 64: a dictionary of .* cannot be"),
        (64, "<i", 2**31 - 1, "byte 64: a dictionary of 2147483647 entries"),
        (68, "<i", 5, "byte 64: a dictionary of 6 entries, 5 words and 0 labels"),
        (84, "<q", 2**60, "byte 64: a dictionary"),
    ],
)
def test_forged_sizes_of_fasttext_are_refused_with_their_place(
    tmp_path, gensim_models, fasttext, offset, layout, value, message
):
    path = tmp_path / "ft.bin"
    gensim_models.fasttext.save_facebook_model(fasttext, str(path))
    data = bytearray(path.read_bytes())
    struct.pack_into(layout, data, offset, value)
    refused(path, bytes(data), message)


def test_a_quantised_fasttext_model_is_refused_with_the_cure(
    tmp_path, gensim_models, fasttext
):
    path = tmp_path / "ft.ftz"
    gensim_models.fasttext.save_facebook_model(fasttext, str(path))
    data = bytearray(path.read_bytes())
    sizes = struct.pack("<2q", 306, 4)
    data[data.index(sizes) - 1] = 1
    refused(path, bytes(data), r"is quantised \(.ftz\).* Name the .bin or the .vec")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.arange(4.0), r"shape \(4,\)"),
        (np.array([["a", "b"]]), "Expected numbers"),
        (np.ones((2, 3), np.int32), "an array of int32"),
        (np.zeros((2, 10_001), np.float32), "10001 numbers"),
    ],
)
def test_an_array_that_is_no_table_of_numbers_is_refused(tmp_path, data, message):
    np.save(tmp_path / "v.npy", data)
    (tmp_path / "v.txt").write_text("the\ncat\n")
    with pytest.raises(UserError, match=message):
        read(tmp_path / "v.npy")


def test_an_array_of_objects_is_not_unpickled(tmp_path):
    np.save(tmp_path / "v.npy", np.array([[Evil(), 1]], object), allow_pickle=True)
    (tmp_path / "v.txt").write_text("the\n")
    with pytest.raises(UserError, match="an array of object"):
        read(tmp_path / "v.npy")
    assert not Path(Evil.target).exists()


def test_damaged_arrays_and_lists_are_told(tmp_path):
    path, words = tmp_path / "v.npy", tmp_path / "v.txt"
    np.save(path, ROWS)
    whole = path.read_bytes()
    refused(path, whole, r"without its words. Put them into .*v.txt, one a line")
    words.write_text("the\ncat\n")
    with pytest.raises(UserError, match="v.txt: has 2 lines, but .* has 6 rows"):
        read(path)
    words.write_bytes(b"w" * 100_000)
    with pytest.raises(UserError, match="v.txt, line 1: is longer than"):
        read(path)
    words.write_text("\n".join(WORDS))
    refused(path, whole[:-9], "byte 87: ends where row 6 of 6 should be")
    refused(path, whole[:20], "header is not that of an array")
    forged = whole.replace(b"(6, 4)", b"(6000000000, 4)")[: len(whole)]
    refused(path, forged, "header is not|has 6000000000|lines, but")
    fortran = whole.replace(b"False", b"True ", 1)
    refused(path, fortran[:-9], "ends where column 3|ends where column 4 of 4")


@pytest.mark.parametrize("size", [10, 40, 60])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_every_packing_that_was_cut_short_is_told(tmp_path, pack, size):
    text = "".join(f"w{i} {i} 1 2\n" for i in range(99)).encode() + b"the 1 2 3\n"
    path = tmp_path / "v"
    path.write_bytes(pack(text)[:size])
    with pytest.raises(UserError, match="cut short; copy or download it again"):
        read(path)


def test_other_binary_files_are_refused(tmp_path):
    for data, message in [
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "binary and an HDF5 file"),
        (os.urandom(5000).replace(b"\n", b"\0"), "is binary and in no known format"),
        (b"PK\x03\x04" + bytes(50), "cannot be read to its end"),
    ]:
        refused(tmp_path / "v", b"\1" * 9 + data if data[0] == 0 else data, message)


# -- pickles -------------------------------------------------------------------------


class Evil:
    """Writes a file when it is unpickled."""

    target = ""

    def __reduce__(self):
        return (open, (Evil.target, "w"))


@pytest.fixture(autouse=True)
def _target(tmp_path, monkeypatch):
    monkeypatch.setattr(Evil, "target", str(tmp_path / "was-run"))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nothing_in_a_pickle_is_ever_run(tmp_path, keyed, protocol):
    path = tmp_path / "v.kv"
    path.write_bytes(pickle.dumps(Evil(), protocol))
    with pytest.raises(UserError, match="Python pickle of .*open .* Nothing .* run"):
        read(path)
    keyed.evil = Evil()
    keyed.save(str(path), pickle_protocol=max(protocol, 3))
    del keyed.evil
    check_rows(path)
    assert not Path(Evil.target).exists()


@pytest.mark.parametrize("value", [{"the": [1.0, 2.0]}, [1, 2], "text", None])
def test_a_pickle_of_something_else_is_refused_with_the_cure(tmp_path, value):
    path = tmp_path / "v.pkl"
    path.write_bytes(pickle.dumps(value))
    with pytest.raises(UserError, match="not vectors that gensim saved. .* as text"):
        read(path)


def test_a_pickle_cut_short_anywhere_is_told(tmp_path, keyed):
    path = tmp_path / "v.kv"
    keyed.save(str(path))
    whole = path.read_bytes()
    for length in range(1, len(whole), 17):
        refused(path, whole[:length], "is not a whole Python pickle|is binary")


@pytest.mark.parametrize(
    "code",
    [
        b"\x80\x04\x8e" + struct.pack("<Q", 2**40),  # a terabyte of bytes
        b"\x80\x04r\xff\xff\xff\x7f",  # memo number 2 ** 31
        b"\x80\x04]u.",  # items without a mark
        b"\x80\x04}(]K\x01u.",  # a list as a key
        b"\x80\x04\x85.",  # a tuple of nothing
        b"\x80\x04\x82\x01.",  # an extension
        b"\x80\x04K\x01e.",
        b"\x80\x04h\x07.",
    ],
)
def test_forged_pickles_are_refused(tmp_path, code):
    refused(tmp_path / "v.kv", code, "is not a whole Python pickle of plain data")


def test_a_pickle_longer_than_gensim_writes_is_refused(tmp_path, keyed, monkeypatch):
    keyed.save(str(tmp_path / "v.kv"))
    monkeypatch.setattr(saved_objects, "MAX_BYTES", 300)
    with pytest.raises(UserError, match="where 300 is the limit"):
        read(tmp_path / "v.kv")


def test_arrays_of_gensim_that_are_missing_or_do_not_fit_are_told(tmp_path, keyed):
    path = tmp_path / "v.kv"
    keyed.save(str(path), sep_limit=1)
    array = tmp_path / "v.kv.vectors.npy"
    np.save(array, ROWS[:5])
    with pytest.raises(UserError, match=r"vectors of shape \(5, 4\) for 6 rows"):
        read(path)
    array.unlink()
    with pytest.raises(UserError, match=r"v.kv.vectors.npy is missing. Copy all"):
        read(path)


# -- all of them ---------------------------------------------------------------------


def damaged(data: bytes, rng: random.Random) -> bytes:
    """`data` with a few bytes changed, dropped or put in, mostly near its beginning."""
    result = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(min(len(result), rng.choice([120, len(result)])))
        if rng.random() < 0.6:
            result[at : at + 4] = rng.choice([b"\xff\xff\xff\x7f", b"\0", b"9" * 9])
        else:
            del result[at : at + rng.choice([1, 9])]
    return bytes(result)


@pytest.mark.parametrize(
    "name",
    ["t.txt", "b.bin", "f.bin", "k.kv", "f.kv", "n.npy", "t.gz", "t.xz", "t.zip"],
)
def test_whatever_is_damaged_it_is_read_or_refused(
    tmp_path, gensim_models, keyed, fasttext, name
):
    """Nothing but UserError, and no matrix with NaN. 9,600 more were tried by hand."""
    keyed.save_word2vec_format(str(tmp_path / "t.txt"))
    keyed.save_word2vec_format(str(tmp_path / "b.bin"), binary=True)
    keyed.save(str(tmp_path / "k.kv"))
    fasttext.wv.save(str(tmp_path / "f.kv"))
    gensim_models.fasttext.save_facebook_model(fasttext, str(tmp_path / "f.bin"))
    np.save(tmp_path / "n.npy", ROWS)
    (tmp_path / "n.txt").write_text("\n".join(WORDS))
    text = (tmp_path / "t.txt").read_bytes()
    (tmp_path / "t.gz").write_bytes(gzip.compress(text, mtime=0))
    (tmp_path / "t.xz").write_bytes(lzma.compress(text))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.txt", text)
    path = tmp_path / name
    whole = path.read_bytes()
    rng = random.Random(name)
    for _ in range(60):
        path.write_bytes(damaged(whole, rng))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy's, on headers that look old
            with contextlib.suppress(UserError):
                assert np.isfinite(read(path).matrix).all()


# -- sources -------------------------------------------------------------------------


def test_bzip2_streams_that_follow_each_other_are_one(tmp_path):
    path = tmp_path / "v.txt.bz2"
    path.write_bytes(bz2.compress(b"the 1 2\n") + bz2.compress(b"cat 3 4\n"))
    assert row(read(path), "cat").tolist() == [3, 4]


def test_a_missing_file_of_vectors_is_told_before_the_corpus_is_read(tmp_path):
    for source in ("glove-6b-50d", "random", "corpus", "gensim:glove-twitter-25"):
        check_source(source)
    with pytest.raises(UserError, match="--embeddings .*v.txt: there is no such file"):
        check_source(str(tmp_path / "v.txt"))
