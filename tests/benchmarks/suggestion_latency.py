"""How long a person waits for the next words; prints a table, asserts nothing.

    python -m tests.benchmarks.suggestion_latency
    python -m tests.benchmarks.suggestion_latency --model NAME --text FILE

Without --model: the standard network and a 5-gram model of random numbers in the shape
of trained ones, over 20,000 words that are as frequent as words are. Every program is a
process of its own with one thread; they take turns, so that a busy machine is busy for
all of them. Beside ours, which are exact and offer contractions:

    model.predict      Keras' own, a window of 50 words, as the tutorial answers
    tf.function        one compiled step with the state carried, and the ten best
    loop over words    the n-gram model asked for one word after the other, as KenLM
                       has to be, which knows no next words
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.benchmarks.measuring import add_options, chosen_clock, take_turns

VOCABULARY_SIZE = 20_000
TOP = 10
WORDS = 300  # typed in each round
WINDOW_LENGTH = 50

Times = dict[str, list[float]]


def seconds(call: Callable[[], object]) -> float:
    """What one call takes."""
    clock = chosen_clock()
    began = clock()
    call()
    return clock() - began


def network(model: Path, text: Path) -> Times:
    """One more word is read, and the ten likeliest next ones are offered."""
    import app
    from app.suggestion.decoding import propose, read_context

    predictor = app.load(model)
    ids = predictor.vocabulary.encode(predictor.tokenizer.tokenize(text.read_text()))
    states = read_context(predictor.model, ids[:50])

    def next_word(token_id: int) -> None:
        nonlocal states
        states = predictor.model.advance(states, np.array([token_id], np.int32))
        propose(predictor.model, predictor.offers, states, TOP)

    return {"network": _after_warming_up(next_word, ids[50:])}


def ngrams(model: Path, text: Path) -> Times:
    """The same of the n-gram model alone."""
    import app
    from app.model_folder import load_model_folder
    from app.suggestion.decoding import propose, read_context
    from app.suggestion.offers import Offers

    folder = load_model_folder(model)
    counts = app.ngrams_of(folder)
    offers = Offers.of(folder.vocabulary)
    ids = folder.vocabulary.encode(folder.tokenizer.tokenize(text.read_text()))
    states = read_context(counts, ids[:50])

    def next_word(token_id: int) -> None:
        nonlocal states
        states = counts.advance(states, np.array([token_id], np.int32))
        propose(counts, offers, states, TOP)

    return {"n-grams": _after_warming_up(next_word, ids[50:])}


def loop(model: Path, text: Path) -> Times:
    """A score for each word of the vocabulary, one after the other."""
    import app
    from app.model_folder import load_model_folder
    from app.suggestion.decoding import read_context

    folder = load_model_folder(model)
    counts = app.ngrams_of(folder)
    ids = folder.vocabulary.encode(folder.tokenizer.tokenize(text.read_text()))
    states = read_context(counts, ids[:50])
    every_word = np.arange(folder.vocabulary.size, dtype=np.int32)[:, None]

    def next_word() -> None:
        scores = [counts.score(states, token_id)[0] for token_id in every_word]
        np.argpartition(scores, -TOP)[-TOP:]

    return {"loop over words": [seconds(next_word) for _ in range(3)]}


def session(model: Path, text: Path) -> Times:
    """A text typed letter by letter: what is offered after each key."""
    import app
    from app.suggestion.decoding import best_indices

    predictor = app.load(model)
    written = predictor.session()
    times: Times = {"word end": [], "key": []}
    typed, begun = "", 0

    def finish_word() -> None:
        written.set(typed)
        known = written.place(begun).log_probabilities
        fitting = predictor.offers.starting_with(typed[begun:])
        best = best_indices(known.take(fitting.host_ids), TOP)
        [fitting.write((int(fitting.host_ids[place]),)) for place in best]

    def offer_words() -> None:
        written.set(typed)
        written.complete(TOP)

    for letter in text.read_text():
        typed += letter
        if letter == " ":
            begun = len(typed)
            times["word end"].append(seconds(offer_words))
        else:
            times["key"].append(seconds(finish_word))
        if len(times["word end"]) == WORDS + 10:
            break
    return {name: some[10:] for name, some in times.items()}


def load(model: Path, text: Path) -> Times:
    """From a fresh interpreter to a model that can answer."""
    import app

    times = {"load": [seconds(lambda: app.load(model))]}
    if "tensorflow" in sys.modules:
        raise SystemExit("loading a model has imported TensorFlow")
    return times


def keras_predict(model: Path, text: Path) -> Times:
    """`model.predict` of one window."""
    import keras

    from app.model_folder import load_model_folder

    shape = load_model_folder(model).architecture
    network = keras.Sequential(
        [
            keras.layers.Embedding(shape.vocabulary_size, shape.embedding_width),
            keras.layers.LSTM(shape.units),
            keras.layers.Dense(shape.dense_units),
            keras.layers.Dense(shape.vocabulary_size, activation="softmax"),
        ]
    )
    window = np.ones((1, WINDOW_LENGTH), np.int32)

    def next_word(_: int) -> None:
        np.argpartition(network.predict(window, verbose=0)[0], -TOP)[-TOP:]

    return {"model.predict": _after_warming_up(next_word, range(40))}


def tf_step(model: Path, text: Path) -> Times:
    """A compiled step: read a word, find the ten best next ones."""
    import keras
    import tensorflow as tf

    from app.model_folder import load_model_folder

    shape = load_model_folder(model).architecture
    embedding = keras.layers.Embedding(shape.vocabulary_size, shape.embedding_width)
    cell = keras.layers.LSTMCell(shape.units)
    dense = keras.layers.Dense(shape.dense_units)
    output = keras.layers.Dense(shape.vocabulary_size)

    @tf.function
    def step(token_id: tf.Tensor, states: list[tf.Tensor]) -> tuple:
        shown, states = cell(embedding(token_id), states)
        best = tf.math.top_k(tf.nn.log_softmax(output(dense(shown))), TOP)
        return best, states

    states = [tf.zeros([1, shape.units])] * 2

    def next_word(token_id: int) -> None:
        nonlocal states
        best, states = step(tf.constant([token_id]), states)
        best.values.numpy()

    return {"tf.function": _after_warming_up(next_word, range(5, WORDS))}


def memory(model: Path, text: Path) -> Times:
    """Bytes that a model and sessions of some lengths take."""
    import app

    predictor = app.load(model)
    predictor.complete("the")  # all of what is mapped has been touched now
    found = {"process with model": [1024.0 * _resident("VmRSS")]}
    found["of which files, shared with other processes"] = [
        1024.0 * _resident("RssFile")
    ]
    written = text.read_text()
    tracemalloc.start()
    for length in (100, 5_000, 100_000):
        typed = (written * (1 + length // len(written)))[:length]
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        one = predictor.session()
        for end in range(max(0, length - 100), length + 1):
            one.set(typed[:end])
            one.complete(TOP)
        found[f"session of {length:,} characters"] = [
            float(tracemalloc.get_traced_memory()[0] - start)
        ]
        del one
    return found


def _resident(what: str) -> float:
    """Memory of this process in kB, as Linux tells it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(it.split()[1]) for it in lines if it.startswith(what + ":"))


def _after_warming_up(call: Callable, arguments) -> list[float]:
    """What each call takes, but for the first ten."""
    return [seconds(lambda it=it: call(it)) for it in arguments[: WORDS + 10]][10:]


TASKS = (network, session, ngrams, tf_step, keras_predict, loop, load, memory)


def write_random_model(folder: Path) -> None:
    """A standard network and 5-grams whose numbers are drawn, not trained."""
    from app.language.kneser_ney import estimate
    from app.model_folder import FORMAT, write_model_folder
    from app.settings import PRESETS
    from app.text.encoding import EncodedText
    from app.text.tokenizer import BOUND_HOSTS, CLITICS
    from app.text.vocabulary import RESERVED, Vocabulary
    from tests.tiny import NEVER_PREDICTED, NEVER_PREDICTED_BIAS, tiny_weights

    generator = np.random.default_rng(0)
    shape = dataclasses.replace(
        PRESETS["standard"].architecture,
        embedding_dim=50,
        vocabulary_size=VOCABULARY_SIZE,
    )
    tokens = [*RESERVED, *(_word(number) for number in range(VOCABULARY_SIZE))]
    tokens = tokens[:VOCABULARY_SIZE]
    tokens[20:160:20] = CLITICS  # as frequent as in novels
    tokens[200:260:20] = BOUND_HOSTS
    counts = (10_000_000 / np.arange(1, VOCABULARY_SIZE + 1)).astype(np.int64)
    weights = tiny_weights(shape)
    for name, array in weights.items():
        if name.endswith("kernel"):  # logits with a standard deviation of 2
            array *= np.float32(2.0 / np.sqrt(len(array)))
    weights["output_bias"] = np.log(counts / counts.sum()).astype(np.float32)
    weights["output_bias"][list(NEVER_PREDICTED)] = NEVER_PREDICTED_BIAS
    ids = generator.choice(VOCABULARY_SIZE, 300_000, p=counts / counts.sum())
    ids = np.maximum(ids, 1).astype(np.int32)
    ids[ids == 2] = 3
    ngram_folder = folder.with_name("ngrams")
    ngram_folder.mkdir()
    estimate(EncodedText(ids, np.array([len(ids)])), VOCABULARY_SIZE, ngram_folder)
    write_model_folder(
        folder,
        overwrite=False,
        config={
            "format": FORMAT,
            "architecture": dataclasses.asdict(shape),
            "vocabulary": {"oov_types": 1000, "pretokenized": False},
        },
        vocabulary=Vocabulary(tuple(tokens), counts, tuple(tokens)),
        weights=weights,
        write_keras=Path.touch,
        ngrams=ngram_folder,
    )


def _word(number: int) -> str:
    """A word of its own for every number, of letters: the more frequent the shorter."""
    letters = ""
    while number or not letters:
        number, letter = divmod(number, 26)
        letters = chr(ord("a") + letter) + letters
    return "q" + letters


def random_text(model: Path) -> str:
    """Words as frequent as the vocabulary says."""
    from app.model_folder import load_model_folder

    vocabulary = load_model_folder(model).vocabulary
    generator = np.random.default_rng(1)
    shares = vocabulary.counts * vocabulary.is_suggestable
    ids = generator.choice(vocabulary.size, WORDS + 100, p=shares / shares.sum())
    return " ".join(vocabulary.written[i] for i in ids) + " "


def print_table(found: dict[str, list[dict]]) -> None:
    """A line for what was measured; ratios to our network, round by round."""
    sizes = {
        name: bytes
        for figures in found.pop("memory", [])
        for name, bytes in figures.items()
    }
    rounds: dict[str, list[list[float]]] = {}
    for figures in (figure for of_task in found.values() for figure in of_task):
        for name, times in figures.items():
            rounds.setdefault(name, []).append(times)
    ours = [np.median(times) for times in rounds["network"]]
    print(f"{'milliseconds':<34}{'median':>9}{'99 %':>9}{'least':>9}{'ratio':>9}")
    for name, of_round in rounds.items():
        medians = [1e3 * np.median(times) for times in of_round]
        last = np.median([1e3 * np.percentile(times, 99) for times in of_round])
        ratio = np.median(medians / (1e3 * np.array(ours)))
        least = min(map(min, of_round)) * 1e3
        print(f"{name:<34}{np.median(medians):9.3f}{last:9.3f}{least:9.3f}{ratio:9.2f}")
    print(f"\n{'megabytes':<43}")
    for name, (num_bytes,) in sizes.items():
        print(f"{name:<43}{num_bytes / 1e6:9.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model")
    parser.add_argument("--text", type=Path)
    parser.add_argument("--only", nargs="*", default=[task.__name__ for task in TASKS])
    add_options(parser)
    parser.set_defaults(threads=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        from app.model_folder import find_model

        model = Path(scratch, "random")
        if options.model is None:
            write_random_model(model)
        else:
            model = find_model(options.model)
        text = options.text or Path(scratch, "text.txt")
        if options.text is None:
            text.write_text(random_text(model))
        command = [sys.executable, "-m", "tests.benchmarks.suggestion_latency"]
        commands = {
            name: [*command, "--task", name, str(model), str(text)]
            for name in options.only
        }
        print_table(take_turns(commands, options))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--task"]:
        task, *paths = sys.argv[2:]
        tasks = {it.__name__: it for it in TASKS}
        print(json.dumps(tasks[task](*map(Path, paths))))
    else:
        main()
