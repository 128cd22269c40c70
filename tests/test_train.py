"""The whole of train.py on a small text, as a person runs it."""

import json
import os
import random
import signal
import subprocess
import sys

import numpy as np
import pytest

import train
from app import __main__ as door
from app import load
from app.language.network import Network
from app.loading import ngrams_of
from app.model_folder import load_model_folder

FAST = ["--embeddings", "random", "--units", "8", "--dense-units", "8", "--epochs", "2"]

SUBJECTS = "the cat|a small dog|Mary|the old king|our neighbour".split("|")
VERBS = "sees|likes|does n't know|finds|can't stand|follows".split("|")
OBJECTS = "the red house|London|a long road|the sea|her garden|bread".split("|")


def small_text(seed, sentences=12):
    """Two paragraphs of sentences that have something to learn in them."""
    draw = random.Random(seed)
    parts = (SUBJECTS, VERBS, OBJECTS)
    made = [" ".join(draw.choice(part) for part in parts) for _ in range(sentences)]
    half = sentences // 2
    return "\n\n".join(". ".join(some) + "." for some in (made[:half], made[half:]))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder of 24 small files."""
    folder = tmp_path_factory.mktemp("texts")
    for number in range(24):
        (folder / f"{number:02}.txt").write_text(small_text(number))
    return folder


@pytest.fixture(scope="module")
def texts(corpus, tmp_path_factory):
    """The corpus to learn from, and so little to measure on that it takes no time."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "valid.txt").write_text(small_text(24))
    (folder / "test.txt").write_text(small_text(25, sentences=4))
    parts = ["--valid", str(folder / "valid.txt"), "--test", str(folder / "test.txt")]
    return [str(corpus), *parts]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def manifest(folder):
    return json.loads((folder / "MANIFEST.json").read_text())["files"]


def weight_hashes(folder):
    return {k: v["sha256"] for k, v in manifest(folder).items() if "weights" in k}


def wait_for(beginning, lines):
    """Reads until a line has this beginning, and returns it."""
    line = next((line for line in lines if line.startswith(beginning)), None)
    assert line is not None, f"no {beginning!r}"
    return line


def command(*arguments):
    """What a person types, for a process of its own."""
    return [sys.executable, train.__file__, *arguments]


def test_a_folder_of_texts_becomes_a_model_that_completes(corpus, here, capsys):
    assert train.main([str(corpus), *FAST, "--name", "small"]) == 0
    folder = here / "models" / "small"
    present = {path.name for path in folder.iterdir()}
    assert present >= {
        "config.json", "vocabulary.tsv", "next.keras", "weights", "metrics.json",
        "history.csv", "MANIFEST.json",
    }  # fmt: skip
    assert not (here / "models" / "small.partial").exists()
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["training"]["epochs"] == 2
    baselines = metrics["baselines"]
    assert baselines.keys() == {
        *("most_common_word", "unigram", "cache"),
        *("kneser_ney_5", "kneser_ney_3"),
    }
    assert baselines["kneser_ney_5"]["tokens"] == metrics["test"]["tokens"]
    assert metrics["test"]["documents"] == 2
    typed = {"keystroke_savings"}
    assert metrics["network_only"].keys() == metrics["test"].keys() - typed
    assert metrics["network_only"]["perplexity"] != metrics["test"]["perplexity"]
    assert 0 < metrics["test"]["keystroke_savings"]["5"] < 1
    words = (folder / "examples.json").read_text()
    assert "old" in words
    assert "old" not in (folder / "metrics.json").read_text()
    assert "<h1" in (folder / "report.html").read_text()
    output = capsys.readouterr()
    assert "Counting 5-grams ..." in output.err
    assert "Kneser-Ney 5-gram" in output.out
    assert "keys saved while typing" in output.out.splitlines()[-1]
    assert "perplexity" in output.out
    assert "epoch 2" in output.err
    suggestions = load("small").complete("the old")["blanks"][0]["suggestions"]
    assert len(suggestions) == 5


def test_what_was_measured_is_what_answers(texts, here, capsys):
    """The figures of a run are those of the model that is loaded afterwards."""
    assert train.main([*texts, *FAST, "--keep-duplicates", "--name", "measured"]) == 0
    model = load_model_folder("models/measured")
    assert "mixture.json" in manifest(model.path)
    metrics = json.loads((model.path / "metrics.json").read_text())
    evaluate = ["evaluate", "measured", texts[-1], "--json"]
    capsys.readouterr()
    assert door.main(evaluate) == 0
    shown = json.loads(capsys.readouterr().out)
    for part in (shown["keystrokes"], metrics["keystrokes"]):
        del part["latency_ms"], part["peak_memory_bytes"]  # of the machine
    for part in (shown["blanks"], metrics["blanks"]):
        del part["sampled"]["latency_ms"]
    assert shown == {key: it for key, it in metrics.items() if key != "training"}
    assert door.main([*evaluate, "--network-only"]) == 0
    alone = json.loads(capsys.readouterr().out)["test"]
    assert alone["keystroke_savings"] != metrics["test"]["keystroke_savings"]
    for key in ("perplexity", "top_3_accuracy", "mean_reciprocal_rank"):
        assert alone[key] == pytest.approx(metrics["network_only"][key], rel=1e-5)


def test_the_n_gram_model_is_in_the_folder_unless_it_is_not_wanted(texts, here, capsys):
    assert train.main([*texts, *FAST, "--name", "counted"]) == 0
    model = load_model_folder("models/counted")
    assert "ngrams/keys_5.npy" in manifest(model.path)
    assert ngrams_of(model).order == 5
    capsys.readouterr()
    assert train.main([*texts, *FAST, "--name", "bare", "--no-ngrams"]) == 0
    model = load_model_folder("models/bare")
    assert not any(name.startswith("ngrams") for name in manifest(model.path))
    assert ngrams_of(model) is None
    metrics = json.loads((model.path / "metrics.json").read_text())
    assert metrics["baselines"].keys() == {"most_common_word", "unigram", "cache"}
    output = capsys.readouterr()
    assert "5-gram" not in output.out + output.err
    assert weight_hashes(model.path) == weight_hashes(here / "models" / "counted")


def test_the_keras_file_opens_without_us_and_gives_the_same_probabilities(texts, here):
    assert train.main([*texts, *FAST, "--name", "plain"]) == 0
    ids = [2, 5, 9, 12]
    code = f"import keras, numpy; m = keras.models.load_model('next.keras'); \
print(numpy.asarray(m(numpy.array([{ids}])))[0].tolist())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here / "models" / "plain",
        capture_output=True,
        text=True,
        check=True,
    )
    model = load_model_folder("models/plain")
    network = Network(model.architecture, model.weights)
    states = network.read(network.start(1), np.array([ids[1:]]))
    ours = np.exp(network.log_probabilities(states))[0]
    np.testing.assert_allclose(ours, json.loads(done.stdout), atol=1e-5)


def test_ctrl_c_during_the_last_validation_is_not_forgotten(
    texts, here, capsys, monkeypatch
):
    from app.network.training import Trainer

    def validate_interrupted(trainer):
        os.kill(os.getpid(), signal.SIGINT)
        return validate(trainer)

    validate = Trainer.validate
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "validate", validate_interrupted)
        flags = [*FAST, "--epochs", "1", "--name", "late"]
        assert train.main([*texts, *flags]) == 130
    assert "--resume --name late" in capsys.readouterr().err
    assert not (here / "models" / "late").exists()
    # What would change the run itself is passed over, and that is said.
    resume = ["--resume", "--name", "late", "--learning-rate", "1"]
    assert train.main(resume) == 0
    assert "not used: learning rate.\n" in capsys.readouterr().err
    metrics = json.loads((here / "models" / "late" / "metrics.json").read_text())
    assert metrics["training"]["epochs"] == 1


def test_texts_and_flags_come_in_any_order(here, capsys):
    assert train.main(["nowhere.txt", "--epochs", "1", "elsewhere.txt"]) == 2
    assert "error: nowhere.txt" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_files_and_another_seed_others(texts, here):
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert train.main([*texts, *FAST, "--name", name, "--seed", seed]) == 0
    hashes = [weight_hashes(here / "models" / name) for name in "abc"]
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]


def test_an_existing_model_is_refused_and_replaced_only_on_request(texts, here, capsys):
    flags = [*texts, *FAST, "--name", "mine"]
    assert train.main(flags) == 0
    before = manifest(here / "models" / "mine")
    assert train.main([*flags, "--seed", "9"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert manifest(here / "models" / "mine") == before
    assert train.main([*flags, "--seed", "9", "--overwrite"]) == 0
    assert manifest(here / "models" / "mine") != before


def test_resume_without_an_interrupted_run_says_so(corpus, here, capsys):
    assert train.main([str(corpus), "--name", "none", "--resume"]) == 2
    assert "nothing to resume" in capsys.readouterr().err


def test_given_parts_are_used_as_they_are(here, capsys):
    for name, seeds in (("train", range(9)), ("valid", [50]), ("test", [60, 61])):
        sentences = 2 if name == "test" else 12
        lines = [small_text(seed, sentences).replace("\n\n", " ") for seed in seeds]
        (here / f"{name}.txt").write_text("\n".join(lines))
    parts = ["train.txt", "--valid", "valid.txt", "--test", "test.txt"]
    assert train.main([*parts, "--pretokenized", *FAST]) == 0
    config = json.loads((here / "models/train/config.json").read_text())
    counts = {p: config["corpus"][p]["documents"] for p in ("train", "valid", "test")}
    assert counts == {"train": 9, "valid": 1, "test": 2}


def vectors_of_two_widths(here):
    (here / "v.txt").write_text("the 1.0 2.0\ncat 1.0 2.0 3.0\n")


def repeated_word(here):
    """Every paragraph differs: others are words that stand once and are not kept."""
    lines = (f"word x{n} word" for n in range(40))
    (here / "one.txt").write_text("\n\n".join(lines))


BAD_INPUT = {
    "a missing file": (None, ["nowhere.txt"], "nowhere.txt"),
    "an empty file": (lambda h: (h / "e.txt").touch(), ["e.txt"], "e.txt"),
    "a binary file": (
        lambda h: (h / "b.bin").write_bytes(bytes(range(256)) * 40),
        ["b.bin"],
        "b.bin",
    ),
    "a corpus too small to split": (
        lambda h: (h / "s.txt").write_text("Only this."),
        ["s.txt"],
        "at least",
    ),
    "a vocabulary of one word": (repeated_word, ["one.txt"], "--min-count"),
    "vectors of two widths": (
        vectors_of_two_widths,
        ["CORPUS", "--embeddings", "v.txt"],
        "line 2",
    ),
    "an unknown source of vectors": (
        None,
        ["CORPUS", "--embeddings", "nothing-like-it"],
        "nothing-like-it",
    ),
    "a name that is no name": (None, ["CORPUS", "--name", "a/b"], "a/b"),
    "a dropout of one": (None, ["CORPUS", "--dropout", "1"], "--dropout"),
    "no epochs": (None, ["CORPUS", "--epochs", "0"], "--epochs"),
    "a test without validation": (None, ["CORPUS", "--test", "x"], "--valid"),
    "an empty name of a corpus": (None, [""], "empty name"),
    "standard input twice": (None, ["-", "--valid", "-"], "only once"),
    "blanks with the tutorial's network": (
        None,
        ["CORPUS", "--blanks", "--preset", "classic"],
        "--blanks does not go with --preset classic",
    ),
    "resume and overwrite": (None, ["CORPUS", "--resume", "--overwrite"], "--resume"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_gets_one_clear_sentence_and_leaves_nothing(
    case, corpus, here, capsys
):
    make, arguments, expected = BAD_INPUT[case]
    if make is not None:
        make(here)
    arguments = [str(corpus) if word == "CORPUS" else word for word in arguments]
    assert train.main(arguments) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert expected in error
    assert not list(here.glob("models/*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_named(corpus, here, capsys):
    (here / "models").mkdir(mode=0o500)
    assert train.main([str(corpus), *FAST]) == 2
    assert "models" in capsys.readouterr().err


def test_help_answers_at_once():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", train.__file__, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "tensorflow" not in done.stderr
    assert "numpy" not in done.stderr
    assert "--resume" in done.stdout
