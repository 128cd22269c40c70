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
import json
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.benchmarks.measuring import add_options, chosen_clock, take_turns
from tests.benchmarks.random_model import (
    random_text,
    write_random_model,
)

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
    from app.loading import network_of
    from app.model_folder import load_model_folder

    folder = load_model_folder(model)
    return {"network": _next_words(folder, network_of(folder), text)}


def mixture(model: Path, text: Path) -> Times:
    """The same of what `predict.py` asks: network, n-grams and cache together."""
    from app.loading import mixture_of
    from app.model_folder import load_model_folder
    from app.settings import Parts

    folder = load_model_folder(model)
    return {"mixture": _next_words(folder, mixture_of(folder, Parts()), text)}


def ngrams(model: Path, text: Path) -> Times:
    """The same of the n-gram model alone."""
    from app.loading import ngrams_of
    from app.model_folder import load_model_folder

    folder = load_model_folder(model)
    return {"n-grams": _next_words(folder, ngrams_of(folder), text)}


def _next_words(folder, language_model, text: Path) -> list[float]:
    from app.suggestion.decoding import propose, read_context
    from app.suggestion.offers import Offers

    offers = Offers.of(folder.vocabulary)
    ids = folder.vocabulary.encode(folder.tokenizer.tokenize(text.read_text()))
    states = read_context(language_model, ids[:50])

    def next_word(token_id: int) -> None:
        nonlocal states
        states = language_model.advance(states, np.array([token_id], np.int32))
        propose(language_model, offers, states, TOP)

    return _after_warming_up(next_word, ids[50:])


def loop(model: Path, text: Path) -> Times:
    """A score for each word of the vocabulary, one after the other."""
    from app.loading import ngrams_of
    from app.model_folder import load_model_folder
    from app.suggestion.decoding import read_context

    folder = load_model_folder(model)
    counts = ngrams_of(folder)
    ids = folder.vocabulary.encode(folder.tokenizer.tokenize(text.read_text()))
    states = read_context(counts, ids[:50])
    every_word = np.arange(folder.vocabulary.size, dtype=np.int32)[:, None]

    def next_word() -> None:
        scores = [counts.score(states, token_id)[0] for token_id in every_word]
        np.argpartition(scores, -TOP)[-TOP:]

    return {"loop over words": [seconds(next_word) for _ in range(3)]}


def session(model: Path, text: Path) -> Times:
    """A text typed letter by letter: what is offered after each key, of the mixture."""
    import app

    written = app.load(model).session()
    times: Times = {"session, key after a word": [], "session, key inside a word": []}
    after_word, inside_word = times.values()
    typed = ""

    def press() -> None:
        written.set(typed)
        written.complete(TOP, typing=True)

    for letter in text.read_text():
        typed += letter
        (after_word if letter == " " else inside_word).append(seconds(press))
        if len(after_word) == WORDS + 10:
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
            one.complete(TOP, typing=True)
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


TASKS = (network, mixture, ngrams, session, tf_step, keras_predict, loop, load, memory)


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
        from app.model_names import find_model

        model = Path(scratch, "random")
        if options.model is None:
            write_random_model(model)
        else:
            model = find_model(options.model)
        text = options.text or Path(scratch, "text.txt")
        if options.text is None:
            text.write_text(random_text(model, WORDS + 100))
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
