"""What was trained on what, by what, for how long; and the commands to do it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from app.evaluation.charts.units import SHARE
from app.evaluation.report.facts import Facts, dig
from app.evaluation.report.wording import counted, duration, listed
from app.text.vocabulary import OOV, RESERVED

_CELLS = {"lstm": "LSTM", "gru": "GRU", "rnn": "simple recurrent"}

Pairs = list[tuple[str, str]]


class Group(NamedTuple):
    """Facts that belong together."""

    title: str
    facts: Pairs


class Step(NamedTuple):
    """A command, and what to know about it."""

    title: str
    command: str
    note: str = ""


def provenance(facts: Facts) -> dict[str, Any]:
    """The content of the section about the training."""
    groups = (
        Group("Text", list(_text(facts))),
        Group("Vocabulary and vectors", list(_words(facts))),
        Group("Network", list(_network(facts))),
        Group("Run", list(_run(facts))),
    )
    return {"groups": [group for group in groups if group.facts]}


def reproduction(facts: Facts) -> dict[str, Any]:
    """The content of the section with the commands."""
    name = shlex.quote(facts.name)
    command = facts.config.get("command")
    steps = []
    if command:
        versions = dig(facts.config, "versions", "tensorflow")
        same = f" with TensorFlow {versions}" if versions else ""
        note = (
            "Given epochs instead of minutes, the same seed gives the same weights on "
            f"the same machine{same}, bit for bit."
        )
        steps.append(Step("Train it again", f"python {shlex.join(command)}", note))
    given = facts.texts or [it for it in [dig(facts.config, "settings", "test")] if it]
    texts = shlex.join(map(str, given)) or "TEXT"
    note = "" if given else "TEXT is any text that the model has not learned from."
    measure = f"python -m app evaluate {name} {texts}"
    page = (
        f"{measure} --page FILE.html" if facts.texts else f"python -m app report {name}"
    )
    steps += [
        Step("Measure it", measure, note),
        Step("Make this page", page),
        Step("Ask it", f'python predict.py --model {name} "The clouds are in the"'),
    ]
    return {"steps": steps}


def lead(facts: Facts) -> str:
    """What the model is, in one line below its name."""
    parts = [f"A language model of {_described(facts.config)}"]
    train = dig(facts.config, "corpus", "train") or {}
    if train.get("tokens"):
        parts.append(
            f"trained on {counted(train['tokens'], 'token')} of "
            f"{counted(train['documents'], 'document')}"
        )
    created = str(facts.config.get("created", ""))[:10]
    if created:
        parts.append(f"finished on {created}")
    return ", ".join(parts) + "."


def _described(config: Mapping[str, Any]) -> str:
    shape = config.get("architecture", {})
    kind = _CELLS.get(shape.get("cell"), shape.get("cell") or "recurrent")
    units, layers = shape.get("units"), shape.get("layers", 1)
    several = f"{layers} layers of " if layers != 1 else ""
    attention = " with attention" if shape.get("attention_length") else ""
    return f"{several}{units:,} {kind} units{attention}" if units else f"{kind} units"


def _text(facts: Facts) -> Iterator[tuple[str, str]]:
    config = facts.config
    sources = dig(config, "settings", "corpus")
    if sources is not None:
        named = ", ".join(sources) or "the Wikipedia sample that comes with gensim"
        yield "Source", named
    parts = {"train": "To learn from", "valid": "To validate", "test": "To test"}
    for key, name in parts.items():
        part = dig(config, "corpus", key)
        if part:
            documents = counted(part["documents"], "document")
            yield name, f"{counted(part['tokens'], 'token')}, {documents}"
    if facts.texts:
        yield "Measured here", listed(facts.texts)
    split = dig(config, "corpus", "split")
    if split:
        yield "Split", split.split(":")[0]
    fingerprint = dig(config, "corpus", "sha256")
    if fingerprint:
        yield "Fingerprint (SHA-256)", f"{fingerprint[:16]}…"


def _words(facts: Facts) -> Iterator[tuple[str, str]]:
    vocabulary = facts.vocabulary
    yield "Words known", counted(vocabulary.size - len(RESERVED), "word")
    counted_tokens = int(vocabulary.counts[OOV:].sum())
    if counted_tokens:
        known = 1 - int(vocabulary.counts[OOV]) / counted_tokens
        rest = counted(vocabulary.oov_types, "rare word")
        yield "They cover", f"{SHARE.show(known)} of the training text"
        yield "Left out", rest
    vectors = facts.config.get("vectors") or {}
    if vectors.get("source"):
        yield "Word vectors", str(vectors["source"])
    if vectors.get("num_types"):
        share = vectors["types_found"] / vectors["num_types"]
        yield "Words with a vector", f"{SHARE.show(share)} of the words"
    if vectors.get("tokens_found") is not None:
        yield (
            "Text with a vector",
            f"{SHARE.show(vectors['tokens_found'])} of the tokens",
        )


def _network(facts: Facts) -> Iterator[tuple[str, str]]:
    shape = facts.config.get("architecture", {})
    if shape.get("units"):
        yield "Recurrent part", _described(facts.config)
    if shape.get("embedding_dim"):
        learned = shape.get("learned_dim") or 0
        more = f", and {learned} learned" if learned else ""
        frozen = "trained" if shape.get("trainable_embeddings") else "frozen"
        yield "Embedding", f"{shape['embedding_dim']} {frozen} dimensions{more}"
    if shape.get("dense_units"):
        yield "Before the output", counted(shape["dense_units"], "unit")
    training = facts.metrics.get("training", {})
    if training.get("parameters"):
        yield "Parameters", f"{training['parameters']:,}"
    if training.get("trainable_parameters"):
        yield "of them trained", f"{training['trainable_parameters']:,}"
    if facts.config.get("blank_architecture"):
        yield "For blanks", "a second network that reads both sides"


def _run(facts: Facts) -> Iterator[tuple[str, str]]:
    training, config = facts.metrics.get("training", {}), facts.config
    if training.get("epochs"):
        yield "Epochs", f"{training['epochs']:,}"
    if training.get("seconds"):
        yield "Training took", duration(training["seconds"])
    if training.get("tokens_per_second"):
        yield "Speed", f"{training['tokens_per_second']:,.0f} tokens a second"
    if config.get("seed") is not None:
        yield "Seed", str(config["seed"])
    if config.get("created"):
        yield "Finished", str(config["created"]).replace("T", " ")
    versions = config.get("versions", {})
    names = {"python": "Python", "tensorflow": "TensorFlow", "keras": "Keras"}
    shown = [f"{names[key]} {versions[key]}" for key in names if key in versions]
    if shown:
        yield "Made with", ", ".join(shown)
