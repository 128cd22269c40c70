"""Keystroke savings: on the text that Presage was measured on, or on any other.

    python -m tests.benchmarks.keystrokes MODEL                  25 patent abstracts
    python -m tests.benchmarks.keystrokes MODEL PATH ...         50,000 characters of it

On the abstracts (`NEXTWORD_DATA`/patents) it keeps to the rules of Presage's simulator,
which saved 64.1 % of 21,013 keys with 3 words in the list and 67.0 % with 5. MODEL was
to be trained on the words of the same training part:

    python -m tests.benchmarks.presage_text FOLDER
    python train.py FOLDER/words/train.jsonl --valid FOLDER/words/valid.jsonl \\
        --test FOLDER/words/test.jsonl --preset large

Printed besides: which words cost the keys that are left, by when they were found. What
came of it: keystrokes.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

import app
from app.console import progress_bar
from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.keystrokes.savings import figures, machine_figures, sample
from app.evaluation.keystrokes.table import keystrokes_table
from app.evaluation.keystrokes.typist import Typist
from app.evaluation.keystrokes.words import TypedDocument, TypedWord
from app.settings.typist import CHARACTERS
from app.text.corpus import read_documents
from tests.benchmarks.presage_text import typed_abstracts

_MANY_LETTERS = 4


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("paths", nargs="*")
    parser.add_argument(
        "--rules", help="default: presage, or own where PATHs are given"
    )
    parser.add_argument("--slots", default="1,3,5")
    parser.add_argument("--keystrokes", type=int, default=CHARACTERS, metavar="N")
    options = parser.parse_args()
    names = options.rules or ("own" if options.paths else "presage")
    typist = Typist(app.load(options.model), TypistRules.of(names, options.slots))
    documents = (
        sample(
            [it.paragraphs for it in read_documents(options.paths)],
            options.keystrokes,
            0,
        )
        if options.paths
        else [[abstract] for abstract in typed_abstracts()]
    )
    wall, processor = time.perf_counter(), time.process_time()
    typed: list[TypedDocument] = []
    with progress_bar("Typing", options.keystrokes) as bar:
        for document in documents:
            typed.append(typist.type(document))
            bar(sum(it.characters for it in typed))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(keystrokes_table(figures(typed, typist.rules) | machine_figures(typist)))
    words = [word for document in typed for word in document.words]
    for slot, size in enumerate(typist.rules.slots):
        print(f"\nWhere the keys go with {size} in the list:")
        print("\n".join(_costs(words, slot, typist.rules)))
    print(f"\nTyped in {wall:.1f} s ({processor:.1f} s of processor).")
    return 0


def _costs(words: Sequence[TypedWord], slot: int, rules: TypistRules) -> list[str]:
    """A line for each kind of word: how many, and the keys they cost."""
    count: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    for word in words:
        kind = _kind(word, slot)
        count[kind] += 1
        keys[kind] += word.letters + max(0, word.beside) - word.saved_by(slot)
    total = sum(keys.values())
    return [
        f"  {kind:28} {count[kind]:7,} words {count[kind] / len(words):7.1%} "
        f"{keys[kind]:8,} keys {keys[kind] / total:7.1%}"
        for kind in sorted(count)
    ]


def _kind(word: TypedWord, slot: int) -> str:
    known = "known" if word.in_vocabulary else "not in vocabulary"
    found = word.found[slot]
    if found is None:
        return f"{known}, never found"
    letters = min(found.letters, _MANY_LETTERS)
    more = " or more" if letters == _MANY_LETTERS else ""
    return f"{known}, letters: {letters}{more}"


if __name__ == "__main__":
    sys.exit(main())
