"""A model folder is whole or not there; it is checked, and names what fails."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from app.errors import UserError
from app.files import whole_folder
from app.files.weight_files import BlankFiles
from app.language.kneser_ney import estimate
from app.loading import ngrams_of
from app.model_folder import check_target, load_model_folder, write_model_folder
from app.model_names import check_name, find_model, partial_folder
from tests.tiny import tiny_architecture, tiny_text, tiny_vocabulary, tiny_weights

READ_BY_PREDICTION = [
    "config.json",
    "vocabulary.tsv",
    *(
        f"weights/{name}.npy"
        for name in (
            "dense_bias dense_kernel embedding output_bias output_kernel "
            "recurrent_0_bias recurrent_0_kernel recurrent_0_recurrent_kernel"
        ).split()
    ),
]


def tiny_config(**changes: object) -> dict:
    config = {
        "format": 1,
        "name": "tiny",
        "command": ["train.py", "caf\u00e9", "\udce9.txt"],  # a byte that is no UTF-8
        "seed": 7,
        "settings": {"minutes": 2.5, "epochs": None},
        "architecture": dataclasses.asdict(tiny_architecture()),
        "vocabulary": {"size": 61, "oov_types": 7, "pretokenized": False},
    }
    return {**config, **changes}


def write(folder: Path, *, overwrite: bool = False, seed: int = 0, **options) -> Path:
    defaults = {
        "config": tiny_config(),
        "vocabulary": tiny_vocabulary(),
        "weights": tiny_weights(tiny_architecture(), seed),
        "write_keras": lambda path: path.write_bytes(b"keras"),
    }
    write_model_folder(folder, overwrite=overwrite, **{**defaults, **options})
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    return write(tmp_path / "models" / "tiny")


def message(path: Path, **options) -> str:
    with pytest.raises(UserError) as caught:
        load_model_folder(path, **options)
    return str(caught.value)


def renew_manifest(folder: Path) -> None:
    """Makes the manifest agree with files that a test has changed."""
    path = folder / "MANIFEST.json"
    files = json.loads(path.read_text())["files"]
    fresh = {name: whole_folder._describe(folder / name) for name in files}
    path.write_text(json.dumps({"files": fresh}))


def test_what_was_written_is_loaded(folder):
    model = load_model_folder(folder)
    weights = tiny_weights(tiny_architecture())
    assert model.path == folder
    assert model.config.items() >= tiny_config().items()
    assert model.config["versions"]["keras"]
    assert model.architecture == tiny_architecture()
    assert model.weights.keys() == weights.keys()
    for name, array in weights.items():
        np.testing.assert_array_equal(model.weights[name], array)
    vocabulary = tiny_vocabulary()
    assert model.vocabulary.tokens == vocabulary.tokens
    assert model.vocabulary.written == vocabulary.written
    assert model.vocabulary.oov_types == 7
    assert not model.tokenizer.pretokenized


def test_weights_are_memory_mapped_float32_in_c_order(tmp_path):
    doubles = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    weights = {**tiny_weights(tiny_architecture()), "dense_kernel": doubles}
    loaded = load_model_folder(write(tmp_path / "tiny", weights=weights)).weights
    assert all(isinstance(array, np.memmap) for array in loaded.values())
    assert all(array.dtype == np.float32 for array in loaded.values())
    assert all(array.flags.c_contiguous for array in loaded.values())
    assert not any(array.flags.writeable for array in loaded.values())
    np.testing.assert_array_equal(loaded["dense_kernel"], doubles)


def test_the_folder_holds_what_the_contract_says(tmp_path):
    folder = write(
        tmp_path / "tiny",
        metrics={"test": {"perplexity": None}},
        history=[{"epoch": 1, "loss": 5.5}, {"epoch": 2, "loss": 5.0}],
    )
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    others = {"MANIFEST.json", "next.keras", "metrics.json", "history.csv"}
    assert found == {*READ_BY_PREDICTION, *others}
    assert (folder / "history.csv").read_text() == "epoch,loss\n1,5.5\n2,5.0\n"
    assert json.loads((folder / "metrics.json").read_text()) == {
        "test": {"perplexity": None}
    }
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert sorted(manifest["files"]) == READ_BY_PREDICTION


DAMAGES = ["missing", "cut", "flipped"]


def do_damage(path, damage):
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[:-1])
    else:
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])


@pytest.mark.parametrize("name", READ_BY_PREDICTION)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named(folder, name, damage):
    path = folder / name
    do_damage(path, damage)
    assert str(path) in message(folder)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"files": 3}', '{"files": {"../x": {}}}']
)
def test_a_damaged_manifest_is_named(folder, content):
    (folder / "MANIFEST.json").write_text(content)
    assert "MANIFEST.json" in message(folder)


def test_sizes_are_checked_even_without_verifying(folder):
    path = folder / "weights" / "embedding.npy"
    path.write_bytes(path.read_bytes() + b"\0")
    assert str(path) in message(folder, verify=False)


def with_blanks(folder: Path) -> Path:
    architecture = tiny_architecture("gru").for_blanks()
    weights = tiny_weights(architecture, seed=3)
    del weights["embedding"]
    config = tiny_config(blank_architecture=dataclasses.asdict(architecture))
    blanks = BlankFiles(weights, lambda path: path.write_bytes(b"keras, too"))
    return write(folder, config=config, blanks=blanks)


def test_a_network_for_blanks_is_loaded_beside_the_other(tmp_path):
    folder = with_blanks(tmp_path / "tiny")
    assert (folder / "blank.keras").read_bytes() == b"keras, too"
    model = load_model_folder(folder)
    assert model.weights.keys() == tiny_weights(tiny_architecture()).keys()
    assert model.blanks.architecture == tiny_architecture("gru").for_blanks()
    expected = tiny_weights(model.blanks.architecture, seed=3)
    # Both read the same word vectors, which are stored once.
    expected["embedding"] = model.weights["embedding"]
    assert model.blanks.weights.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(model.blanks.weights[name], array)


def test_a_damaged_network_for_blanks_is_named(tmp_path):
    folder = with_blanks(tmp_path / "tiny")
    path = folder / "weights" / "blank_right_0_bias.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert str(path) in message(folder)


def test_a_model_without_a_network_for_blanks_has_none(folder):
    assert load_model_folder(folder).blanks is None
    assert not (folder / "blank.keras").exists()


NGRAMS = [
    *(f"ngrams/keys_{order}.npy" for order in (2, 3)),
    *(f"ngrams/log_backoffs_{order}.npy" for order in (2, 3)),
    *(f"ngrams/log_probabilities_{order}.npy" for order in (1, 2, 3)),
]


def with_ngrams(
    folder: Path, vocabulary_size: int | None = None, **options: object
) -> Path:
    """A model with an n-gram model of order 3."""
    arrays = folder.with_name("arrays")
    arrays.mkdir(parents=True)
    size = vocabulary_size or tiny_vocabulary().size
    estimate(tiny_text(), size, arrays, order=3)
    return write(folder, ngrams={"ngrams": arrays}, **options)


def test_an_n_gram_model_is_moved_in_listed_and_loaded(tmp_path):
    folder = with_ngrams(tmp_path / "tiny")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert sorted(manifest["files"]) == sorted([*READ_BY_PREDICTION, *NGRAMS])
    model = ngrams_of(load_model_folder(folder))
    assert (model.order, model.vocabulary_size) == (3, tiny_vocabulary().size)
    table = model.log_probabilities(model.start(1))
    assert np.exp(table).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", NGRAMS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_n_gram_file_is_named_by_those_who_read_it(tmp_path, name, damage):
    path = with_ngrams(tmp_path / "tiny") / name
    do_damage(path, damage)
    model = load_model_folder(tmp_path / "tiny")  # which does not read it
    with pytest.raises(UserError) as caught:
        ngrams_of(model)
    assert str(path) in str(caught.value)


def test_large_n_gram_files_are_checked_by_their_size(tmp_path, monkeypatch):
    monkeypatch.setattr("app.files.ngram_files.MOST_HASHED", 10)
    path = with_ngrams(tmp_path / "tiny") / NGRAMS[0]
    do_damage(path, "cut")
    with pytest.raises(UserError, match=f"{path.name} is damaged"):
        ngrams_of(load_model_folder(tmp_path / "tiny"))


def test_n_gram_arrays_that_do_not_belong_together_are_damaged(tmp_path):
    folder = with_ngrams(tmp_path / "tiny")
    shutil.copy(folder / NGRAMS[0], folder / NGRAMS[1])
    renew_manifest(folder)
    with pytest.raises(UserError, match="ngrams is damaged: the arrays of order 3"):
        ngrams_of(load_model_folder(folder))


def test_pickled_n_gram_arrays_are_not_opened(tmp_path):
    folder = with_ngrams(tmp_path / "tiny")
    array = np.array([{"a": 1}], dtype=object)
    np.save(folder / NGRAMS[0], array, allow_pickle=True)
    renew_manifest(folder)
    with pytest.raises(UserError, match="ngrams is damaged"):
        ngrams_of(load_model_folder(folder))


def test_n_grams_of_another_vocabulary_are_damaged(tmp_path):
    size = tiny_vocabulary().size
    folder = with_ngrams(tmp_path / "tiny", size + 1)
    with pytest.raises(UserError, match=f"it knows {size + 1} instead of {size} words"):
        ngrams_of(load_model_folder(folder))


def test_a_model_without_n_grams_has_none(folder):
    assert ngrams_of(load_model_folder(folder)) is None
    assert not (folder / "ngrams").exists()


def test_a_foreign_folder_is_refused(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"\xff\xd8")
    assert "not a whole model folder" in message(tmp_path / "photos")
    assert "not a whole model folder" in message(tmp_path / "nowhere")


def test_a_newer_format_is_refused(folder):
    (folder / "config.json").write_text(json.dumps(tiny_config(format=2)))
    assert "format 2" in message(folder)


def test_pickled_weights_are_not_opened(folder):
    path = folder / "weights" / "embedding.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    renew_manifest(folder)
    assert str(path) in message(folder)


def test_a_config_without_an_architecture_is_damaged(folder):
    (folder / "config.json").write_text('{"format": 1}')
    renew_manifest(folder)
    assert "config.json" in message(folder)


def test_an_existing_model_is_kept_unless_it_may_be_overwritten(folder):
    with pytest.raises(UserError, match="--overwrite"):
        write(folder, seed=1)
    np.testing.assert_array_equal(
        load_model_folder(folder).weights["dense_bias"],
        tiny_weights(tiny_architecture())["dense_bias"],
    )
    write(folder, seed=1, overwrite=True)
    np.testing.assert_array_equal(
        load_model_folder(folder).weights["dense_bias"],
        tiny_weights(tiny_architecture(), 1)["dense_bias"],
    )
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_overwriting_also_works_where_names_cannot_be_swapped(folder, monkeypatch):
    monkeypatch.setattr(whole_folder, "_exchange", lambda first, second: False)
    write(folder, overwrite=True, config=tiny_config(seed=8))
    assert load_model_folder(folder).config["seed"] == 8
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_a_model_in_use_survives_being_overwritten(folder):
    model = load_model_folder(folder)
    before = {name: array.copy() for name, array in model.weights.items()}
    write(folder, seed=1, overwrite=True)
    for name, array in before.items():
        np.testing.assert_array_equal(model.weights[name], array)


def test_what_is_no_model_is_never_overwritten(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear")
    with pytest.raises(UserError, match="not a model"):
        write(tmp_path / "letters", overwrite=True)
    assert (tmp_path / "letters" / "dear.txt").read_text() == "Dear"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path, overwrite):
    def disk_full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    models = tmp_path / "models"
    if overwrite:
        write(models / "tiny")
    with pytest.raises(OSError, match="No space left"):
        write(models / "tiny", overwrite=overwrite, seed=1, write_keras=disk_full)
    assert [p.name for p in models.iterdir()] == (["tiny"] if overwrite else [])
    if overwrite:
        load_model_folder(models / "tiny")


KILLED_WHILE_SAVING = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.test_model_folder import write

def stall(path):
    path.write_bytes(b"half")
    print("half-written", flush=True)
    time.sleep(60)

write(Path({folder!r}), overwrite=True, seed=1, write_keras=stall)
"""


@pytest.mark.parametrize("is_there_before", [False, True])
def test_a_run_killed_while_it_saves_leaves_the_old_model(
    tmp_path, root, is_there_before
):
    folder = tmp_path / "models" / "tiny"
    if is_there_before:
        write(folder)
    script = KILLED_WHILE_SAVING.format(root=str(root), folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", script], stdout=-1) as child:
        assert child.stdout.readline() == b"half-written\n"
        child.send_signal(signal.SIGKILL)
    assert folder.exists() == is_there_before
    if is_there_before:
        assert find_model(None, folder.parent) == folder
        load_model_folder(folder)
    else:
        with pytest.raises(UserError, match="no model"):
            find_model(None, folder.parent)
    write(folder, overwrite=True, seed=2)  # and the next run clears up
    load_model_folder(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="one-step swap")
def test_readers_find_a_whole_model_at_any_moment_of_an_overwrite(folder, root):
    script = (
        "from pathlib import Path\n"
        "from tests.test_model_folder import write\n"
        f"for seed in range(20): write(Path({str(folder)!r}), overwrite=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=root) as child:
        while child.poll() is None:
            assert (folder / "MANIFEST.json").exists()
    assert child.returncode == 0


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "x.partial", "a\nb", "a\0b", "C:"]
)
def test_names_that_cannot_be_folders_are_refused(name):
    with pytest.raises(UserError, match="cannot be called"):
        check_name(name)
    with pytest.raises(UserError, match="cannot be called"):
        check_name("\u00e9" * 101)


@pytest.mark.parametrize("name", ["patents", "v1.2", "my novel", "caf\u00e9", "a-b_c"])
def test_ordinary_names_are_allowed(name):
    check_name(name)


def test_a_target_is_refused_before_any_work(tmp_path, folder):
    check_target(tmp_path / "new", overwrite=False)
    check_target(folder, overwrite=True)
    with pytest.raises(UserError):
        check_target(folder, overwrite=False)
    with pytest.raises(UserError):
        check_target(tmp_path / "x.partial", overwrite=True)


def test_a_model_is_found_by_name_by_path_or_as_the_newest(tmp_path, folder):
    models = folder.parent
    time.sleep(0.01)
    newer = write(models / "newer")
    shutil.copytree(newer, models / "newest.partial")
    shutil.copytree(newer, models / ".newest.new.partial")
    assert find_model("tiny", models) == folder
    assert find_model(str(folder), tmp_path) == folder
    assert find_model(None, models) == newer


def test_an_unknown_model_lists_those_that_exist(folder):
    write(folder.parent / "patents")
    with pytest.raises(UserError, match="'poems'.*: patents, tiny"):
        find_model("poems", folder.parent)


def test_without_any_model_the_way_to_one_is_told(tmp_path):
    with pytest.raises(UserError, match="train.py"):
        find_model(None, tmp_path / "models")
    with pytest.raises(UserError, match="train.py"):
        find_model("", tmp_path / "models")


def test_an_unfinished_training_is_pointed_at(tmp_path):
    partial_folder(tmp_path / "poems").mkdir()
    with pytest.raises(UserError, match="--resume"):
        find_model("poems", tmp_path)
