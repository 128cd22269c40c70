#!/usr/bin/env python3
"""Completes texts and fills their blanks with a trained model.

    python predict.py "The clouds are"                  the next word
    python predict.py "The clouds are on the ___ ."     the blank
    python predict.py "The clouds are" --words 4        phrases of up to 4 words
    python predict.py "The clouds are" --sample         how it might go on
    python predict.py                                   a live prompt
    python predict.py --help                            everything that can be chosen

Answers go to stdout, remarks to stderr. TensorFlow is not needed and not imported.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import itertools
import json
import logging
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.console import USER_MISTAKE, run
from app.errors import UserError
from app.settings import Parts, PredictSettings, add_flags, from_flags

if TYPE_CHECKING:  # the real import waits until it is needed: --help is instant
    from app.suggestion.answers import Answer
    from app.suggestion.predictor import Predictor

logger = logging.getLogger("app.predict")

# Requests of --jsonl that are answered before other processes are started.
ANSWERED_ALONE = 16


def main(argv: Sequence[str] | None = None) -> int:
    """Answers every text; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="predict.py",
        description="Suggests the next word of a text, or the words for its blanks.",
    )
    add_flags(parser, PredictSettings)
    parsed = parser.parse_intermixed_args(argv)  # texts and flags in any order
    return run(lambda: predict(from_flags(PredictSettings, parsed)))


def predict(settings: PredictSettings) -> int:
    """Loads the model and answers; returns the exit status."""
    _use_utf8()
    if settings.sample and settings.seed is None:
        settings = dataclasses.replace(settings, seed=secrets.randbelow(2**32))
        logger.info("Seed: %d (the same again with --seed)", settings.seed)
    predictor = load_predictor(settings)
    if settings.jsonl:
        return answer_json_lines(predictor, settings)
    if not settings.text and sys.stdin.isatty():
        return answer_live(predictor, settings)
    for text in read_texts(settings.text):
        print(answer_text(predictor, settings, text), flush=True)
    return 0


def load_predictor(settings: PredictSettings) -> Predictor:
    """The predictor of the model asked for; the newest is named on stderr."""
    import app
    from app.model_names import find_model

    folder = find_model(settings.model)
    if settings.model is None:
        logger.info("Model: %s (the newest)", folder)
    predictor = app.load(folder, Parts.of(settings))
    if settings.memory is not None:
        predictor = remembering(predictor, Path(settings.memory))
    return restrict(predictor, settings)


def remembering(predictor: Predictor, path: Path) -> Predictor:
    """The predictor, whose model listens to the personal memory in a file."""
    from app.suggestion.memory_file import load_memory
    from app.suggestion.memory_model import listening
    from app.suggestion.predictor import Predictor

    memory, without = load_memory(path), predictor.model
    model, names = listening(without, memory, predictor.vocabulary)
    if model is without:
        logger.info("The memory %s is empty so far.", path)
        return predictor
    return Predictor(
        predictor.vocabulary, predictor.tokenizer, model, predictor.two_sided, names
    )


def restrict(predictor: Predictor, settings: PredictSettings) -> Predictor:
    """The predictor that offers what the settings say."""
    from app.suggestion.block_list import BlockList

    block_list = None
    if settings.block is not None:
        block_list = BlockList.read(Path(settings.block), predictor.tokenizer)
    return predictor.offering(punctuation=settings.punctuation, block_list=block_list)


def read_texts(arguments: Sequence[str]) -> Iterator[str]:
    """The texts of the command line, lines of stdin in the place of `-`.

    Without any argument all of them come from stdin, which is a pipe then.
    """
    from app.suggestion.terminal import read_lines

    for argument in arguments or ["-"]:
        if argument == "-":
            yield from read_lines()
        else:
            yield argument


def answer_text(predictor: Predictor, settings: PredictSettings, text: str) -> str:
    """The answer as it is printed: a JSON object or a table."""
    from app.suggestion.terminal import can_draw, table, written_on

    answer = ask(predictor, settings, usual_request(settings) | {"text": text})
    if settings.json:
        return json.dumps(answer, ensure_ascii=False)
    if settings.sample:
        return written_on(answer)
    return table(answer, bars=can_draw(sys.stdout))


def usual_request(settings: PredictSettings) -> dict[str, Any]:
    """What is asked for where a request says nothing else, but for its text."""
    if settings.sample:
        return {
            "top": settings.num_suggestions,
            "words": settings.words,
            "seed": settings.seed,
        }
    return {
        "top": settings.num_suggestions,
        "candidates": settings.candidate_words,
        "typing": settings.typing,
        "forgiving": settings.forgiving,
        "words": settings.words or 1,
        "confidence": settings.confidence,
    }


def ask(
    predictor: Predictor, settings: PredictSettings, request: dict[str, Any]
) -> Answer:
    """The answer to a request, whose keys are those of `usual_request` and text."""
    if settings.sample:
        return predictor.write_on(sampling=settings.sampling, **request)
    return predictor.answer(**request)


def answer_live(predictor: Predictor, settings: PredictSettings) -> int:
    """Helps a person to write, or answers line by line, until Ctrl-D."""
    from app.suggestion.terminal import can_draw, read_lines

    if can_draw(sys.stdout) and settings.suggests_as_one_types:
        return write_live(predictor, settings)
    logger.info("Type a text, with ___ for a word to find. Ctrl-D ends.")
    for text in read_lines():
        try:
            print(answer_text(predictor, settings, text))
        except UserError as error:
            logger.warning("%s", error)
    return 0


def write_live(predictor: Predictor, settings: PredictSettings) -> int:
    """Offers words after every key; what is finished with Enter may be remembered."""
    from app.suggestion.composing import Composer
    from app.suggestion.live import HELP, LivePrompt
    from app.suggestion.memory_file import changing

    logger.info(HELP)
    # Remarks on a text would come at every key, in the midst of what is drawn.
    logging.getLogger("app.suggestion").setLevel(logging.ERROR)
    num_words, once = settings.num_suggestions, settings.offer_once
    composer = Composer(predictor, num_words, once=once)
    for line in LivePrompt(composer).lines():
        if settings.memory is not None:
            with changing(Path(settings.memory)) as memory:
                memory.accept(predictor.tokenizer.tokenize(line))
    return 0


def answer_json_lines(predictor: Predictor, settings: PredictSettings) -> int:
    """Answers the JSON objects of stdin in their order; 2 if any was bad.

    The first ones at once; where more come, every processor has a share of the rest.
    """
    from app.line_workers import can_share_out, share_out
    from app.settings import num_processors
    from app.suggestion.terminal import read_lines

    def work(lines: Iterable[tuple[int, str]], write: Callable[[str], object]) -> int:
        return answer_requests(predictor, settings, lines, write)

    lines = enumerate(read_lines(), start=1)
    status = work(itertools.islice(lines, ANSWERED_ALONE), print_at_once)
    num_workers = num_processors()
    if num_workers == 1 or not can_share_out() or sys.stdin.isatty():
        return max(status, work(lines, print_at_once))
    for first in lines:
        rest = itertools.chain([first], lines)
        status = max(status, share_out(rest, work, print_at_once, num_workers))
    return status


def answer_requests(
    predictor: Predictor,
    settings: PredictSettings,
    lines: Iterable[tuple[int, str]],
    write: Callable[[str], object],
) -> int:
    """Answers numbered lines one by one; 2 if any was bad."""
    from app.suggestion.requests import read_request

    usual, status = usual_request(settings), 0
    for number, line in lines:
        try:
            answer: Any = ask(predictor, settings, read_request(line, usual))
        except UserError as error:
            logger.warning("Line %d: %s", number, error)
            answer, status = {"error": str(error)}, USER_MISTAKE
        write(json.dumps(answer, ensure_ascii=False))
    return status


def print_at_once(line: str) -> None:
    """To whoever waits for it at the other end of a pipe."""
    print(line, flush=True)


def _use_utf8() -> None:
    """Texts are UTF-8 whatever the locale says.

    Bytes that are not come in as lone surrogates, as they do in arguments, and the
    predictor refuses the text that has them; the other texts are answered.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="surrogateescape")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
