#!/usr/bin/env python3
"""Completes texts and fills their blanks with a trained model.

    python predict.py "The clouds are"                  the next word
    python predict.py "The clouds are on the ___ ."     the blank
    python predict.py                                   a live prompt
    python predict.py --help                            everything that can be chosen

Answers go to stdout, remarks to stderr. TensorFlow is not needed and not imported.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.console import USER_MISTAKE, run
from app.errors import UserError
from app.settings import Parts, PredictSettings, add_flags, from_flags

if TYPE_CHECKING:  # the real import waits until it is needed: --help is instant
    from app.suggestion.predictor import Predictor

logger = logging.getLogger("app.predict")


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
    return restrict(app.load(folder, Parts.of(settings)), settings)


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
    from app.suggestion.terminal import can_draw, table

    answer = predictor.answer(
        text,
        top=settings.top,
        candidates=settings.candidate_words,
        typing=settings.typing,
        forgiving=settings.forgiving,
    )
    if settings.json:
        return json.dumps(answer, ensure_ascii=False)
    return table(answer, bars=can_draw(sys.stdout))


def answer_live(predictor: Predictor, settings: PredictSettings) -> int:
    """Answers what a person types until Ctrl-D; a mistake is told and forgotten."""
    from app.suggestion.terminal import read_lines

    logger.info("Type a text, with ___ for a word to find. Ctrl-D ends.")
    for text in read_lines():
        try:
            print(answer_text(predictor, settings, text))
        except UserError as error:
            logger.warning("%s", error)
    return 0


def answer_json_lines(predictor: Predictor, settings: PredictSettings) -> int:
    """Answers the JSON objects of stdin in their order; 2 if any was bad."""
    from app.suggestion.terminal import read_lines

    status = 0
    for number, line in enumerate(read_lines(), start=1):
        try:
            answer: Any = predictor.answer(**read_request(line, settings))
        except UserError as error:
            logger.warning("Line %d: %s", number, error)
            answer, status = {"error": str(error)}, USER_MISTAKE
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return status


def read_request(line: str, settings: PredictSettings) -> dict[str, Any]:
    """The arguments of `Predictor.answer` in one JSON line.

    Raises:
        UserError: it is no JSON object, or a key has a value of another type.
    """
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f'This is no JSON: {error}. Give an object like {{"text": "It is"}}.'
        ) from error
    if not isinstance(request, dict) or not isinstance(request.get("text"), str):
        raise UserError('A line must be a JSON object with a "text" that is a string.')
    if unknown := request.keys() - {"text", "typing", "candidates", "top"}:
        raise UserError(
            f"Unknown key {min(unknown)!r}. Known are text, typing, candidates and top."
        )
    typing = request.get("typing", settings.typing)
    if type(typing) is not bool:
        raise UserError(f'"typing" is {typing!r}, but must be true or false.')
    top = request.get("top", settings.top)
    if type(top) is not int or top < 1:  # True is an int to isinstance
        raise UserError(f'"top" is {top!r}, but must be a whole number from 1 on.')
    words = request.get("candidates", settings.candidate_words)
    if words is not None and not (
        isinstance(words, list) and all(isinstance(word, str) for word in words)
    ):
        raise UserError('"candidates" must be a list of strings.')
    return {
        "text": request["text"],
        "top": top,
        "candidates": words,
        "typing": typing,
        "forgiving": settings.forgiving,
    }


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
