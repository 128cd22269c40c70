"""How often a blank is filled with the word that stood there, on held-out text.

    python -m tests.benchmarks.blanks MODEL PATH
    python -m tests.benchmarks.blanks models/novels held_out.txt --blanks 1000 --seed 3
    python -m tests.benchmarks.blanks MODEL PATH --share 0.1 --share 0.25 --share 0.5

Prints the table of `app.evaluation.blanks.sampled`, which says what is asked and
counted. Other shares of the two-sided network than the usual one can be tried: a table
for each.
"""

from __future__ import annotations

import argparse
import sys

import app
from app.console import progress_bar, run
from app.evaluation.blanks.sampled import evaluate_sampled_blanks
from app.evaluation.blanks.table import sampled_blanks_table
from app.suggestion import blank_candidates
from app.suggestion.both_sides import SHARE
from app.text.readers import ReadOptions, read_sources


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("path", metavar="PATH")
    parser.add_argument("--blanks", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, action="append")
    options = parser.parse_args()

    def command() -> int:
        predictor = app.load(options.model)
        reading = ReadOptions(pretokenized=predictor.tokenizer.pretokenized)
        documents = [it.paragraphs for it in read_sources([options.path], reading)]
        for share in options.share or [SHARE]:
            blank_candidates.SHARE = share
            with progress_bar("Filling blanks", options.blanks) as bar:
                sampled = evaluate_sampled_blanks(
                    predictor, documents, options.blanks, options.seed, bar
                )
            print(f"Share of the two-sided network: {share}")
            print(sampled_blanks_table(sampled), end="\n\n")
        return 0

    return run(command)


if __name__ == "__main__":
    sys.exit(main())
