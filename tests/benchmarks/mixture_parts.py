"""What each part of a model is worth: network, n-grams, cache, and together.

    python -m tests.benchmarks.mixture_parts MODEL PATH ...

Measures every mixture that predict.py can be asked for on the same texts, and the
n-grams by themselves. Takes the flags of `python -m app evaluate`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from app.console import progress_bar, run
from app.evaluation.measuring import evaluate
from app.evaluation.table import comparison_table
from app.language.contract import LanguageModel
from app.loading import mixture_of, ngrams_of
from app.model_folder import ModelFolder, load_model_folder
from app.model_names import find_model
from app.settings import EvaluateSettings, Parts, add_flags, from_flags
from app.text.corpus import read_tokens
from app.text.encoding import encode
from app.text.readers import ReadOptions


def parts_of(folder: ModelFolder) -> dict[str, LanguageModel]:
    """What is measured, the whole mixture first."""
    models = {
        "all": mixture_of(folder, Parts()),
        "network, cache": mixture_of(folder, Parts(ngrams=False)),
        "network, n-grams": mixture_of(folder, Parts(cache=False)),
        "network": mixture_of(folder, Parts(ngrams=False, cache=False)),
    }
    ngrams = ngrams_of(folder)
    return {**models, "n-grams": ngrams} if ngrams else models


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_flags(parser, EvaluateSettings)
    parsed = parser.parse_intermixed_args()

    def command() -> int:
        settings = from_flags(EvaluateSettings, parsed)
        folder = load_model_folder(find_model(settings.model))
        vocabulary = folder.vocabulary
        options = ReadOptions(
            settings.format,
            settings.field,
            folder.tokenizer.pretokenized,
            settings.encoding,
        )
        results = {}
        with tempfile.TemporaryDirectory() as place:
            tokens = read_tokens(settings.paths, options)
            text = encode(tokens.all(), vocabulary, Path(place), "test")
            for name, model in parts_of(folder).items():
                with progress_bar(f"Measuring {name}", text.num_tokens) as bar:
                    results[name] = evaluate(model, vocabulary, text, report=bar)
        print(comparison_table(results))
        return 0

    return run(command)


if __name__ == "__main__":
    sys.exit(main())
