"""What a client of an exported step needs beside it, as plain data.

    vocabulary.txt   one row per token id, from 0: how the token is looked up, how a
                     person writes it, whether it may be offered alone (1 or 0), and
                     which clitics make a contraction with it; parted by tabs
    tokenizer.json   how a text is cut into tokens, as expressions that the engines of
                     Python (`re`), JavaScript (`u`) and RE2 read alike, and how the
                     words are written where a sentence begins

and the client itself, an example that is whole: README.md says how it is used. No
client has to know a rule that is not in these files.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from app.model_folder import ModelFolder
from app.serving.portable_expressions import portable
from app.suggestion.decoding import CONTEXT_STEP, MAX_CONTEXT_TOKENS
from app.suggestion.half_typed import OFTEN_JOINED
from app.suggestion.offers import Offers
from app.text.characters import PASSES, SUBSTITUTIONS, spellings
from app.text.sentences import PASSED_OVER, SENTENCE_ENDS
from app.text.tokenizer import FOLDINGS, RULES
from app.text.vocabulary import BOS, OOV, RESERVED, Vocabulary

_CLIENTS = Path(__file__).parent / "clients"


def write_client_files(model: ModelFolder, folder: Path, client: str) -> None:
    """Writes the vocabulary, the tokenizer and a client into `folder`.

    Args:
        model: whose vocabulary and tokenizer they are.
        folder: exists.
        client: a folder of `app/serving/clients/`.
    """
    (folder / "vocabulary.txt").write_text(
        vocabulary_rows(model.vocabulary), encoding="utf-8", newline="\n"
    )
    # Characters as they are: escaped, the spellings of Korean are twice as long.
    rules = json.dumps(tokenizer_rules(model.vocabulary), ensure_ascii=False, indent=0)
    (folder / "tokenizer.json").write_text(rules + "\n", encoding="utf-8", newline="\n")
    for path in sorted((_CLIENTS / client).iterdir()):
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    with (folder / "README.md").open("a", encoding="utf-8", newline="\n") as readme:
        readme.write("\n" + (_CLIENTS / "files.md").read_text(encoding="utf-8"))


def vocabulary_rows(vocabulary: Vocabulary) -> str:
    """The rows of vocabulary.txt, each with its line end."""
    offers = Offers.of(vocabulary)
    clitics = vocabulary.decode(vocabulary.clitic_ids)
    alone = set(offers.host_ids[offers.is_alone].tolist())
    joined = {
        host: " ".join(it for it, may in zip(clitics, joins, strict=True) if may)
        for host, joins in zip(offers.host_ids.tolist(), offers.may_join, strict=True)
    }
    pairs = enumerate(zip(vocabulary.tokens, vocabulary.written, strict=True))
    return "".join(
        f"{token}\t{written}\t{int(i in alone)}\t{joined.get(i, '')}\n"
        for i, (token, written) in pairs
    )


def tokenizer_rules(vocabulary: Vocabulary) -> dict[str, Any]:
    """The values of tokenizer.json; see the README.md of the clients."""
    numbers = {
        "pretokenized": vocabulary.pretokenized,
        "unknown_id": OOV,
        "first_id": BOS,
        "reserved_ids": len(RESERVED),
        "most_tokens": MAX_CONTEXT_TOKENS,
        "tokens_dropped_at_a_time": CONTEXT_STEP,
    }
    if vocabulary.pretokenized:
        return numbers
    return numbers | {
        "substitutions": _portable(SUBSTITUTIONS),
        "spellings": spellings(),
        "spelling_passes": PASSES,
        "rules": _portable(RULES),
        "foldings": _portable(FOLDINGS),
        "often_joined": sorted(OFTEN_JOINED),
        "sentence_ends": SENTENCE_ENDS,
        "passed_over": PASSED_OVER,
    }


def _portable(pairs: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(portable(pattern), replacement) for pattern, replacement in pairs]
