"""Every exported form of a model on the same text; prints a table, asserts nothing.

    python -m tests.benchmarks.parity MODEL... [--text PATH] [--tokens N] [--rounds N]

Exports each MODEL in all formats, then reads the text with every runtime, token by
token on one core, each in a process of its own; they take turns, and times are medians
over the rounds. Differences are to the numpy network that predict.py runs. Needs
tests/requirements.txt.

    difference   the largest of any probability after any token
    same top 5   share of the five likeliest tokens that are the same
    top 3        accuracy; an unknown word is always wrong
    load, step   seconds until the first step, milliseconds a step; Keras has no step:
                 it reads the text anew for each token, and only the first 50
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from app.model_folder import ModelFolder, load_model_folder
from app.model_names import find_model
from app.text.vocabulary import BLANK, BOS, EOS, OOV, PAD
from tests.serving.c_library_step import write_names

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "serving" / "step_runtimes.py"
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"
)
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

HEADER = (
    f"{'':22}{'difference':>11}{'same top 5':>12}{'perplexity':>12}{'top 3':>9}"
    f"{'MB':>8}{'load s':>8}{'step ms':>9}"
)


class Case(NamedTuple):
    """One form of a model.

    Attributes:
        name: as the table calls it.
        runtime: of `step_runtimes`.
        file: what the runtime opens.
        measured: of which the size is told.
        needs_package: the process has this package on its path.
    """

    name: str
    runtime: str
    file: Path
    measured: Path
    needs_package: bool = False


def cases_of(model: ModelFolder, folder: Path) -> list[Case]:
    """Exports a model into `folder`; every way to run it, the reference first."""
    from app.serving.export import export_model

    saved, litert, onnx = export_model(model, folder, "all")
    names = write_names(saved, folder / "c-library")
    keras = model.path / "next.keras"
    is_ours = model.architecture.attention_length is not None
    return [
        Case("numpy", "numpy", model.path, model.path / "weights", True),
        Case("Keras", "keras", keras, keras, is_ours),
        Case("SavedModel", "savedmodel", saved, saved),
        Case("SavedModel, C library", "c-library", names, saved),
        *_files(litert, "LiteRT", "litert", ("float32", "float16", "int8")),
        *_files(onnx, "ONNX", "onnx", ("float32", "int8")),
    ]


def _files(
    folder: Path, name: str, runtime: str, precisions: tuple[str, ...]
) -> Iterator[Case]:
    for precision in precisions:
        [file] = folder.glob(f"step-{precision}.*")
        yield Case(f"{name} {precision}", runtime, file, file)


def ids_of(model: ModelFolder, text: str, num_tokens: int) -> np.ndarray:
    """int32 [tokens]: the beginning of a text, EOS after each of its paragraphs."""
    ids: list[int] = []
    for line in filter(str.strip, text.split("\n")):
        ids += model.vocabulary.encode(model.tokenizer.tokenize(line)).tolist()
        ids.append(EOS)
    return np.array(ids[:num_tokens], np.int32)


def read_in_turns(
    cases: list[Case], ids: np.ndarray, folder: Path, rounds: int
) -> Iterator[tuple[Case, dict[str, Any], np.ndarray]]:
    """Yields each case with what it says of itself, and its log-probabilities."""
    np.save(folder / "ids.npy", ids)
    said: dict[str, list[dict[str, Any]]] = {case.name: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            said[case.name].append(_run(case, folder))
    for case in cases:
        figures = {
            key: statistics.median(it[key] for it in said[case.name])
            for key in ("load_seconds", "step_ms")
        }
        yield case, figures, np.load(folder / f"{case.name}.npy")


def _run(case: Case, folder: Path) -> dict[str, Any]:
    arguments = [case.runtime, case.file, "ids.npy", f"{case.name}.npy"]
    environment = {**os.environ, **ONE_THREAD, **QUIET}
    environment.pop("PYTHONPATH", None)
    if case.needs_package:
        environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, PROGRAM, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{case.name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def quality(log_probabilities: np.ndarray, ids: np.ndarray) -> tuple[float, float]:
    """The perplexity, and the share of tokens that are among the three likeliest."""
    places = np.arange(len(ids))
    loss = -log_probabilities[places, ids].mean()
    offered = log_probabilities.copy()
    offered[:, [PAD, OOV, BOS, BLANK]] = -np.inf
    rank = (offered > offered[places, ids][:, None]).sum(axis=1)
    return float(np.exp(loss)), float(((rank < 3) & (ids != OOV)).mean())


def same_top(found: np.ndarray, reference: np.ndarray, count: int = 5) -> float:
    """The share of the likeliest tokens that both have."""
    best = [np.argsort(-it, axis=1)[:, :count] for it in (found, reference)]
    same = (best[0][:, :, None] == best[1][:, None, :]).any(axis=2)
    return float(same.mean())


def megabytes(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(it.stat().st_size for it in files if it.is_file()) / 1e6


def measure(name: str, options: argparse.Namespace) -> None:
    """Prints the rows of one model."""
    model = load_model_folder(Path(find_model(name)).resolve())
    shape = model.architecture
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cases = cases_of(model, folder)
        ids = ids_of(model, options.text.read_text(encoding="utf-8"), options.tokens)
        attention = ", attention" if shape.attention_length else ""
        print(
            f"{model.path.name}: {shape.cell}, {shape.layers} layers of {shape.units}"
            f"{attention}, {shape.vocabulary_size:,} tokens; {len(ids):,} tokens read"
        )
        reference = None
        for case, figures, rows in read_in_turns(cases, ids, folder, options.rounds):
            reference = rows if reference is None else reference
            same = reference[: len(rows)]
            difference = np.abs(np.exp(rows) - np.exp(same)).max()
            perplexity, top_3 = quality(rows, ids[: len(rows)])
            print(
                f"{case.name:22}{difference:11.1e}{same_top(rows, same):12.2%}"
                f"{perplexity:12.3f}{top_3:9.2%}{megabytes(case.measured):8.2f}"
                f"{figures['load_seconds']:8.2f}{figures['step_ms']:9.3f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--text", type=Path, default=ROOT / "README.md")
    parser.add_argument("--tokens", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(HEADER)
    for name in options.models:
        measure(name, options)


if __name__ == "__main__":
    main()
