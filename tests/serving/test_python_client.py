"""The example client of the LiteRT export, in a process without this package."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from app.language.network import Network
from app.serving.client_files import tokenizer_rules, vocabulary_rows
from app.suggestion.decoding import context_start
from app.suggestion.offers import Offers
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import RESERVED, Vocabulary
from tests.serving.conftest import tiny_model
from tests.serving.texts import all_texts
from tests.tiny import tiny_vocabulary

TEXTS = [
    "",
    "The cat",
    "It's raining in London. They",
    "He ca",
    "zebra quagga okapi",
    'It rained . "',
    "Mr. Smith went to the U.S.",
    "they can’t run — “not” now …",
    "the clouds are in the sky and the rain is on the mat . " * 4,
    "the cat and the dog " * 350,  # of which only the last tokens are read
]

# What a device has: no TensorFlow, and not this package.
ALONE = """
import json, sys
for name in ("tensorflow", "keras", "app", "regex"):
    sys.modules[name] = None
sys.path.insert(0, ".")
import complete
model = complete.Model("step-float32.tflite")
print(json.dumps([model.suggestions(text, 10) for text in json.load(sys.stdin)]))
"""


def expected(model, text):
    predictor = Predictor(
        model.vocabulary, model.tokenizer, Network(model.architecture, model.weights)
    )
    (blank,) = predictor.complete(text, top=10)["blanks"]
    return blank["suggestions"]


def write_litert(model, folder):
    from app.serving.export_litert import write

    folder.mkdir()
    write(model, folder)
    return folder


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    folder = tmp_path_factory.mktemp("client") / "litert"
    return write_litert(tiny_model("lstm"), folder)


def run(folder, *arguments, stdin=""):
    child = subprocess.run(
        [sys.executable, "-I", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout


def check_alone(model, folder, texts):
    answers = json.loads(run(folder, "-c", ALONE, stdin=json.dumps(texts)))
    for text, answer in zip(texts, answers, strict=True):
        wanted = expected(model, text)
        assert [word for word, _ in answer] == [it["word"] for it in wanted], text
        np.testing.assert_allclose(
            [probability for _, probability in answer],
            [it["probability"] for it in wanted],
            atol=1e-5,
        )


def test_it_answers_as_predict_does_in_a_process_of_its_own(export):
    check_alone(tiny_model("lstm"), export, TEXTS)


def test_it_answers_for_given_tokens_too(tmp_path):
    tokens = (*RESERVED, "A", "n't", "<unk>", "ca", "b", *map(str, range(99)))
    model = tiny_model("gru")
    size = model.vocabulary.size
    vocabulary = Vocabulary(
        tokens=tokens[:size],
        counts=np.ones(size, int),
        written=tokens[:size],
        pretokenized=True,
    )
    model = replace(model, vocabulary=vocabulary, tokenizer=Tokenizer(True))
    folder = write_litert(model, tmp_path / "litert")
    check_alone(model, folder, ["A <unk> n't", "", "b\u00a0b 17"])


def test_its_command_line_prints_words_and_shares(export):
    printed = run(export, "complete.py", "The cat", "It rained. ").splitlines()
    assert printed[0] == "The cat" and printed[6] == "It rained. "
    assert len(printed) == 12
    words = [line.split() for line in (*printed[1:6], *printed[7:])]
    assert all(len(row) == 2 and row[1].endswith("%") for row in words)
    assert all(word[0].isupper() or word[0].isdigit() for word, _ in words[5:])


def test_it_cuts_every_text_as_python_does(export):
    spec = importlib.util.spec_from_file_location("complete", export / "complete.py")
    client = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(client)
    tokenizer, vocabulary = Tokenizer(), tiny_vocabulary()
    for text in all_texts():
        tokens = client.tokens_of(text)
        assert tokens == tokenizer.tokenize(text)
        ids = vocabulary.encode(tokens)[context_start(len(tokens)) :]
        assert client.ids_of(tokens) == ids.tolist()


def test_it_can_be_read_in_a_minute(export):
    lines = (export / "complete.py").read_text().splitlines()
    assert len(list(filter(str.strip, lines))) <= 85


def test_rows_of_the_vocabulary_tell_what_may_be_offered():
    vocabulary = tiny_vocabulary()
    rows = vocabulary_rows(vocabulary).split("\n")[:-1]
    fields = [row.split("\t") for row in rows]
    assert [row[0] for row in fields] == list(vocabulary.tokens)
    assert [row[1] for row in fields] == list(vocabulary.written)
    offers = Offers.of(vocabulary)
    alone = [i for i, row in enumerate(fields) if row[2] == "1"]
    assert alone == offers.host_ids[offers.is_alone].tolist()
    joined = {row[0]: row[3].split() for row in fields}
    assert joined["ca"] == ["n't"] and joined["dog"] == ["'s"]
    assert joined["."] == joined["<pad>"] == []
    assert set(joined["it"]) == {"'s", "'ll", "'d"}


def test_rules_are_the_same_for_every_engine():
    rules = tokenizer_rules(tiny_vocabulary())
    patterns = [
        pattern
        for part in ("substitutions", "rules", "foldings")
        for pattern, _ in rules[part]
    ]
    for foreign in ("\\p", "\\w", "\\s", "\\b", "\\d", "(?i", "(?=", "(?<", "\\'"):
        assert not [it for it in patterns if foreign in it], foreign
