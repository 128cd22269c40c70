"""The routes of /api that ask for words: JSON in, JSON out, one worker each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from app.serving.server.api_types import (
    PROBLEMS,
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
from app.serving.server.checks import check_blanks, check_candidates, check_text
from app.serving.server.errors import ServerError
from app.serving.server.models import ServedModel, ServedModels
from app.serving.server.workers import LONG, Lane, Workers
from app.settings import Limits
from app.settings.sampling import Sampling
from app.suggestion.predictor import Predictor
from app.suggestion.scoring import score_text

NO_MEMORY: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "This server has no personal memory."}
}


_AskedOfText = CompleteRequest | FillRequest | ScoreRequest | WriteRequest


def router(models: ServedModels, workers: Workers, limits: Limits) -> APIRouter:
    """The routes."""
    words = _Words(models, workers, limits)
    routes = APIRouter(prefix="/api", tags=["words"], responses=PROBLEMS)
    for path, endpoint in (
        ("/complete", words.complete),
        ("/fill", words.fill),
        ("/write", words.write),
    ):
        routes.post(path, response_model=SuggestionsAnswer)(endpoint)
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

    async def complete(self, asked: CompleteRequest, request: Request) -> Response:
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

    async def fill(self, asked: FillRequest, request: Request) -> Response:
        """The likeliest words for every blank; without one, for the end of the text."""
        check_blanks(asked.text, self._limits)
        check_candidates(asked.candidates or (), self._limits)
        options = asked.model_dump(include={"text", "top", "candidates", "confidence"})
        return await self._ask(
            "slow", asked, request, lambda predictor: predictor.fill(**options)
        )

    async def score(self, asked: ScoreRequest, request: Request) -> Response:
        """How likely a text is, token by token."""
        return await self._ask(
            "slow", asked, request, lambda predictor: _scored(predictor, asked.text)
        )

    async def write(self, asked: WriteRequest, request: Request) -> Response:
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
        asked: _AskedOfText,
        request: Request,
        work: Callable[[Predictor], Mapping[str, Any]],
        temperature: float = 1.0,
    ) -> Response:
        """What a predictor says, and by which model."""
        check_text(asked.text, self._limits)
        model = self._models.get(asked.model)

        def answer() -> Response:
            predictor = model.predictor(
                asked.parts, memory=asked.memory, temperature=temperature
            )
            # Written here and not on the event loop, which a long one would hold up.
            return JSONResponse({**work(predictor), "model": model.who})

        return await self._workers.run(
            "slow" if len(asked.text) >= LONG else lane,
            answer,
            is_outdated=request.is_disconnected,
        )


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
