r"""The text of the measurement that gave Presage 64.1 and 67.0 %, as files.

    python -m tests.benchmarks.presage_text FOLDER

Of the abstracts in `NEXTWORD_DATA`/patents and their parts, one abstract a line:

    FOLDER/marks/{train,valid,test}.jsonl   white space collapsed, no double quotes
    FOLDER/words/{train,valid,test}.jsonl   letters and digits only, as Presage reads
    FOLDER/typed.jsonl                      the 25 abstracts that are typed

Presage's simulator cuts a text at white space and at every mark of ASCII, apostrophes
and hyphens too, and types the words that are left: each costs its letters and one key
more. Its tokenizer finds one empty word behind the last full stop, which costs a key:
21,013 keys are those of the words, 21,012, and that one.
Source: presage 0.9, src/tools/simulator/simulator.cpp and
src/lib/core/tokenizer/forwardTokenizer.cpp.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random

from app.evaluation.keystrokes.rules import TypistRules

PATENTS = Path(os.environ.get("NEXTWORD_DATA", "../shared/data")) / "patents"
NUM_TYPED = 25
_SEED = 3


def read_abstracts(part: str) -> list[str]:
    """The abstracts of "train", "valid" or "test", in the order of split.json."""
    csv.field_size_limit(1_000_000)
    path = PATENTS / "neural_network_patent_abstracts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {row["patent_number"]: row["patent_abstract"] for row in rows}
    numbers = json.loads((PATENTS / "split.json").read_text())[part]
    return [" ".join(texts[number].replace('"', " ").split()) for number in numbers]


def typed_abstracts() -> list[str]:
    """The abstracts of the test part that are typed, as they were drawn then."""
    abstracts = read_abstracts("test")
    Random(_SEED).shuffle(abstracts)
    return abstracts[:NUM_TYPED]


def write_texts(folder: Path) -> None:
    """Writes all of the files."""
    typed_as = TypistRules.presage().as_typed
    for part in ("train", "valid", "test"):
        abstracts = read_abstracts(part)
        _write(folder / "marks" / f"{part}.jsonl", abstracts)
        words = (typed_as(abstract).rstrip() for abstract in abstracts)
        _write(folder / "words" / f"{part}.jsonl", words)
    _write(folder / "typed.jsonl", typed_abstracts())


def _write(path: Path, texts: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write_texts(Path(sys.argv[1]))
