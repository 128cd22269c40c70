"""States in the files that LSTMVis reads.

    NAME.h5      word_ids     int32 [tokens]
                 states1      the cell state of layer 1 (LSTM), float32 [tokens, units]
                 output1      its hidden state, likewise; states2 and so on
    NAME.dict    a token and its id a line
    lstm.yml     says which is which

LSTMVis looks for an lstm.yml in each folder that it is given, so each text needs a
folder of its own. A token that has a space in it would break its dictionary, and a
token that stands for several spellings has one entry: ids are numbered anew, one for
each token as it is written.

Source: Strobelt, Gehrmann, Pfister and Rush 2018, LSTMVis; its documents "Adding your
own data" and "Configuration options for states".
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.errors import UserError
from app.evaluation.explain.explanation import network_of
from app.evaluation.explain.sides import Side
from app.evaluation.explain.text import read_text, with_start
from app.suggestion.predictor import Predictor

CONFIG = "lstm.yml"


class _States(NamedTuple):
    """One table of states: its kind and layer as LSTMVis calls them."""

    kind: str
    layer: int
    values: np.ndarray

    @property
    def path(self) -> str:
        """Its name in the file."""
        return f"{'states' if self.kind == 'state' else self.kind}{self.layer}"


def states_files(predictor: Predictor, text: str, target: Path) -> dict[Path, bytes]:
    """The three files, by their path.

    Raises:
        UserError: the text has no word or has a blank; an lstm.yml of somebody else
            stands there.
    """
    config = target.with_name(CONFIG)
    if config.exists() and f"states: {target.name}" not in config.read_text("utf-8"):
        raise UserError(
            f"{config} belongs to other states, and LSTMVis reads one such file a "
            "folder. Choose a folder of its own."
        )
    read = read_text(text, predictor.tokenizer, predictor.vocabulary)
    if read.right is not None:
        raise UserError(
            "LSTMVis shows a text that is read from its beginning, but this one has a "
            "blank. Fill it, or write an .html."
        )
    reader = network_of(predictor).reader
    ids = with_start(read.left_ids)
    side = Side.of("", reader, reader.zero_states(1), ids, np.arange(len(ids)))
    states = []
    for number, layer in enumerate(side.read.layers, 1):
        if layer.cell is not None:
            states.append(_States("state", number, layer.cell[1:]))
        states.append(_States("output", number, layer.hidden[1:]))
    words = list(dict.fromkeys(read.left))
    numbers = {word: number for number, word in enumerate(words)}
    word_ids = np.array([numbers[word] for word in read.left], np.int32)
    dictionary = "".join(f"{_word(word)} {it}\n" for word, it in numbers.items())
    return {
        target: _hdf5(word_ids, states),
        target.with_suffix(".dict"): dictionary.encode(),
        config: _config(target, states).encode(),
    }


def _word(token: str) -> str:
    return "_".join(token.split())


def _hdf5(word_ids: np.ndarray, states: list[_States]) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("word_ids", data=word_ids)
        for it in states:
            file.create_dataset(it.path, data=it.values, compression="gzip")
    return buffer.getvalue()


def _config(target: Path, states: list[_States]) -> str:
    """What stands in quotation marks is JSON, which is YAML too."""
    types = ",\n".join(
        f"    {{type: {it.kind}, layer: {it.layer}, path: {it.path}"
        + (", transform: none}" if it.kind == "output" else "}")
        for it in states
    )
    return (
        f"name: {json.dumps(target.stem)}\n"
        'description: "made by Nextword"\n'
        "files:\n"
        f"  states: {target.name}\n"
        f"  words: {target.with_suffix('.dict').name}\n"
        "word_sequence:\n  file: states\n  path: word_ids\n  dict_file: words\n"
        f"states:\n  file: states\n  types: [\n{types}\n  ]\n"
    )
