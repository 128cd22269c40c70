"""The routes of /api that ask for words: JSON in, JSON out, one worker each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request

from app.serving.server.api_types import (
    AskedOfParts,
    CompleteRequest,
    FillRequest,
    ModelsAnswer,
    Problem,
    RememberAnswer,
    RememberRequest,
    ScoreAnswer,
    ScoreRequest,
    SuggestionsAnswer,
    WriteRequest,
)
from app.serving.server.errors import ServerError
from app.serving.server.models import ServedModel, ServedModels
from app.serving.server.workers import Lane, Workers
from app.settings import Limits, Parts
from app.settings.sampling import Sampling
from app.suggestion.predictor import Predictor
from app.suggestion.scoring import score_text

# A text of so many characters and more is read in the other lane: 40 ms and more.
LONG = 20_000

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "This is no request, or of no known host."},
    401: {"model": Problem, "description": "The server's token is missing or wrong."},
    403: {"model": Problem, "description": "A page of another origin asks."},
    404: {"model": Problem, "description": "There is no such model."},
    408: {"model": Problem, "description": "The body came too slowly."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "The request cannot be answered."},
    429: {"model": Problem, "description": "Too many requests wait already."},
    503: {"model": Problem, "description": "It took too long, or the server stops."},
}

NO_MEMORY: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "This server has no personal memory."}
}


def router(models: ServedModels, workers: Workers, limits: Limits) -> APIRouter:
    """The routes."""
    words = _Words(models, workers, limits)
    routes = APIRouter(prefix="/api", tags=["words"], responses=PROBLEMS)
    for path, endpoint in (
        ("/complete", words.complete),
        ("/fill", words.fill),
        ("/write", words.write),
    ):
        routes.post(
            path, response_model=SuggestionsAnswer, response_model_exclude_none=True
        )(endpoint)
    routes.post("/score", response_model=ScoreAnswer)(words.score)
    routes.post("/remember", responses=NO_MEMORY)(words.remember)
    routes.get("/models", response_model=ModelsAnswer)(words.list_models)
    return routes


class _Words:
    """What the routes do."""

    def __init__(self, models: ServedModels, workers: Workers, limits: Limits) -> None:
        self._models = models
        self._workers = workers
        self._limits = limits

    async def complete(self, asked: CompleteRequest, request: Request) -> Any:
        """The likeliest next words, or the ends of a half-typed one, or phrases."""
        options = asked.model_dump(
            include={"text", "typing", "top", "words", "confidence", "forgiving"}
        )
        return await self._ask(
            "quick" if asked.words == 1 else "slow",
            asked,
            request,
            lambda predictor: predictor.complete(**options),
            asked.temperature,
        )

    async def fill(self, asked: FillRequest, request: Request) -> Any:
        """The likeliest words for every blank; without one, for the end of the text."""
        check_candidates(asked.candidates, self._limits)
        options = asked.model_dump(include={"text", "top", "candidates", "confidence"})
        return await self._ask(
            "slow", asked, request, lambda predictor: predictor.fill(**options)
        )

    async def score(self, asked: ScoreRequest, request: Request) -> Any:
        """How likely a text is, token by token."""
        return await self._ask(
            "slow", asked, request, lambda predictor: _scored(predictor, asked.text)
        )

    async def write(self, asked: WriteRequest, request: Request) -> Any:
        """Texts that may follow, drawn by chance."""
        sampling = Sampling(
            **asked.model_dump(include={"temperature", "top_k", "top_p", "no_repeat"})
        )
        options = asked.model_dump(include={"text", "top", "words", "seed"})
        return await self._ask(
            "slow",
            asked,
            request,
            lambda predictor: predictor.write_on(sampling=sampling, **options),
        )

    async def remember(self, asked: RememberRequest) -> RememberAnswer:
        """Lets the personal memory learn from a text that was accepted."""
        check_text(asked.text, self._limits)
        memory, model = self._models.memory, self._models.get(asked.model)
        if memory is None:
            message = "This server has no memory. Start it with --memory FILE."
            raise ServerError(409, message)
        tokenizer = model.folder.tokenizer
        words = await self._workers.run(
            "slow", lambda: memory.accept(asked.text, tokenizer)
        )
        return RememberAnswer(words=words)

    async def list_models(self) -> Any:
        """The models that can be asked."""
        described = [_description(it) for it in self._models]
        return {"models": described, "default": self._models.get().name}

    async def _ask(
        self,
        lane: Lane,
        asked: Any,
        request: Request,
        work: Callable[[Predictor], Mapping[str, Any]],
        temperature: float = 1.0,
    ) -> dict[str, Any]:
        """What a predictor says, and by which model."""
        check_text(asked.text, self._limits)
        model = self._models.get(asked.model)
        found = await self._workers.run(
            "slow" if len(asked.text) >= LONG else lane,
            lambda: work(predictor_of(model, asked, temperature)),
            is_outdated=request.is_disconnected,
        )
        return {**found, "model": version_of(model)}


def check_text(text: str, limits: Limits) -> None:
    """Refuses a text that is too long.

    Raises:
        ServerError: 422.
    """
    most = limits.text_characters
    if len(text) > most:
        raise ServerError(
            422,
            f"The text has {len(text)} characters, but at most {most} are read. Send "
            "what stands right in front of the word.",
            "text_characters",
            most,
        )


def check_candidates(candidates: list[str] | None, limits: Limits) -> None:
    """Refuses too many words to choose from.

    Raises:
        ServerError: 422.
    """
    most = limits.candidates
    if candidates is not None and len(candidates) > most:
        raise ServerError(
            422,
            f"There are {len(candidates)} candidates, but at most {most} are ranked.",
            "candidates",
            most,
        )


def predictor_of(
    model: ServedModel, asked: AskedOfParts, temperature: float = 1.0
) -> Predictor:
    """What answers a request: with the parts that it asks for."""
    parts = Parts(ngrams=asked.ngrams, cache=asked.cache)
    return model.predictor(parts, memory=asked.memory, temperature=temperature)


def version_of(model: ServedModel) -> dict[str, Any]:
    """Who answers, as answers say it."""
    return {"name": model.name, "version": model.version}


def _scored(predictor: Predictor, text: str) -> dict[str, Any]:
    found = score_text(predictor, text)
    total, count = float(found.log_probabilities.sum()), len(found.log_probabilities)
    words = [
        {"token": token, "log_probability": score, "is_unknown": unknown}
        for token, score, unknown in zip(
            found.tokens,
            found.log_probabilities[:-1].tolist(),
            found.is_unknown.tolist(),
            strict=True,
        )
    ]
    return {
        "text": text,
        "log_probability": total,
        "tokens": count,
        "perplexity": math.exp(-total / count),
        "words": words,
    }


def _description(model: ServedModel) -> dict[str, Any]:
    folder = model.folder
    shape = folder.architecture
    return {
        "name": model.name,
        "version": model.version,
        "words": folder.vocabulary.size,
        "cell": shape.cell,
        "layers": shape.layers,
        "units": shape.units,
        "parts": model.parts,
        "memory": model.has_memory,
        "pretokenized": folder.tokenizer.pretokenized,
        "created": folder.config.get("created"),
        "perplexity": model.perplexity,
    }
