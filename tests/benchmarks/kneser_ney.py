"""What a network has to beat: Kneser-Ney n-grams, on the very same tokens.

    python -m tests.benchmarks.kneser_ney                the Wikipedia sample
    python -m tests.benchmarks.kneser_ney notes/ --order 4
    python -m tests.benchmarks.kneser_ney patents/train.txt --pretokenized \\
        --valid patents/valid.txt --test patents/test.txt

Takes the flags of train.py, those of the text above all, and prepares it as train.py
does: a model trained with the same flags has the same fingerprint of the corpus in its
config.json, and its metrics.json stands beside these figures.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from app.console import progress_bar, run
from app.errors import UserError
from app.evaluation.measuring import evaluate
from app.evaluation.table import comparison_table
from app.language.kneser_ney import estimate
from app.language.ngram import NGramModel
from app.run.preparation import prepare
from app.run.unfinished import Prepared
from app.settings import TrainSettings, add_flags, from_flags

ORDERS = (5, 3)


def measure(prepared: Prepared, order: int, folder: Path) -> dict[str, Any]:
    """The test figures of one order; says on stderr what the model costs."""
    vocabulary, texts = prepared.vocabulary, prepared.texts
    if "test" not in texts:
        raise UserError("There is no test text. Give one with --test.")
    folder.mkdir()
    began = perf_counter()
    estimate(texts["train"], vocabulary.size, folder, order=order)
    seconds = perf_counter() - began
    num_bytes = sum(path.stat().st_size for path in folder.iterdir())
    print(
        f"{order}-grams of {texts['train'].num_tokens:,} tokens: {seconds:.1f} s, "
        f"{num_bytes / 1e6:,.1f} MB",
        file=sys.stderr,
    )
    model = NGramModel.load(folder)
    with progress_bar("Measuring", texts["test"].num_tokens) as bar:
        return evaluate(model, vocabulary, texts["test"], report=bar)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_flags(parser, TrainSettings)
    parser.add_argument(
        "--order",
        type=int,
        action="append",
        choices=range(1, 10),
        help="length of the longest n-grams; may be given several times",
    )
    parsed = parser.parse_intermixed_args()

    def command() -> int:
        settings = from_flags(TrainSettings, parsed)
        # No vectors are needed; they have no say in what the tokens are.
        settings = dataclasses.replace(settings, embeddings="random")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            prepared = prepare(settings, sys.argv[1:], folder / "prepared")
            results = {
                f"{order}-grams": measure(prepared, order, folder / str(order))
                for order in parsed.order or ORDERS
            }
            print(f"Corpus: {prepared.facts['corpus']['sha256']}")
            print(comparison_table(results))
        return 0

    return run(command)


if __name__ == "__main__":
    sys.exit(main())
