"""The routes that look inside a model: why this word, and what it did with a text."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from app.evaluation.charts.colours import Scheme, picture_style
from app.evaluation.explain.explanation import explain, network_of
from app.evaluation.explain.units import ask_units
from app.evaluation.explain.why import why
from app.evaluation.explain.written import as_numbers, as_page, as_picture
from app.evaluation.report.policy import policy_of
from app.serving.server.api_types import (
    PROBLEMS,
    Asked,
    AskedOfParts,
    ModelVersion,
    Text,
    example,
)
from app.serving.server.checks import check_text
from app.serving.server.errors import ServerError
from app.serving.server.models import ServedModel, ServedModels
from app.serving.server.workers import Workers
from app.settings import Limits

# Columns of the picture that is drawn while somebody types: as many as a window has
# room for. A page and the numbers have as many as `python -m app explain` gives them.
DRAWN = 40

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 10


class WhyRequest(AskedOfParts):
    """A word, and what stands in front of it."""

    model_config = example(text="The cat sat on", word="the")

    text: Text
    word: Annotated[
        str,
        Field(description="as it was suggested; `text` has none of its letters"),
    ]


class WeighedToken(BaseModel):
    """A word or mark that was read, and how much it mattered."""

    token: str
    bits: Annotated[
        float,
        Field(
            description="of the network's log-probability that would be lost without "
            "it; below 0 where it speaks against the word"
        ),
    ]


class WhyAnswer(BaseModel):
    """Why a word may come next."""

    word: str
    token: Annotated[
        str, Field(description="what is explained: the word or the first token of it")
    ]
    probability: Annotated[
        float,
        Field(
            description="of the token among everything that may come, an unknown word "
            "and the end of the paragraph among it"
        ),
    ]
    parts: Annotated[
        dict[str, float],
        Field(
            description="what network, n-grams, cache and memory add to the "
            "probability, as far as they take part"
        ),
    ]
    words: Annotated[
        list[WeighedToken], Field(description="the last ones read, at most 60")
    ]
    remarks: Annotated[list[str], Field(description="what is not told")]
    model: ModelVersion


class InsideRequest(Asked):
    """A text, whose next word or blank is explained."""

    model_config = example(text="The cat sat on the", format="svg")

    text: Text
    word: Annotated[
        str | None,
        Field(description="a word to explain besides the likeliest ones"),
    ] = None
    format: Annotated[
        Literal["svg", "html", "json"],
        Field(description="a picture of the last words, a whole page, or all numbers"),
    ] = "svg"
    scheme: Annotated[
        Scheme | None,
        Field(description="the paper of the picture; without, as the reader prefers"),
    ] = None


def router(models: ServedModels, workers: Workers, limits: Limits) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/api", tags=["looking inside"], responses=PROBLEMS)

    @routes.post("/why")
    async def explain_word(asked: WhyRequest, request: Request) -> WhyAnswer:
        """Why this word: what each part of the model adds, and which words mattered."""
        check_text(asked.text, limits)
        check_text(asked.word, limits)
        model = models.get(asked.model)
        found = await workers.run(
            "slow",
            lambda: why(
                model.predictor(asked.parts, memory=asked.memory),
                asked.text,
                asked.word,
            ),
            is_outdated=request.is_disconnected,
        )
        words = [WeighedToken(token=it.token, bits=it.bits) for it in found.words]
        told = {**found._asdict(), "words": words, "model": model.who}
        return WhyAnswer(word=asked.word, **told)

    @routes.post(
        "/inside",
        response_class=Response,
        responses={200: {"content": _answered()}},
        openapi_extra={"requestBody": {"content": _requested(), "required": True}},
    )
    async def look_inside(
        asked: Annotated[InsideRequest, Depends(_asked_inside)], request: Request
    ) -> Response:
        """What the network did with a text, word by word; a form may ask, too.

        What is not shown is told in the header Nextword-Remarks.
        """
        check_text(asked.text, limits)
        check_text(asked.word or "", limits)
        model = models.get(asked.model)
        return await workers.run(
            "slow", lambda: _inside(model, asked), is_outdated=request.is_disconnected
        )

    return routes


def _inside(model: ServedModel, asked: InsideRequest) -> Response:
    """The picture, the page or the numbers, of all parts but a personal memory."""
    predictor, cell = model.predictor(memory=False), model.folder.architecture.cell
    look = functools.partial(explain, predictor, cell, asked.text, asked.word)
    if asked.format == "svg":
        found = look(most_shown=DRAWN, score_all=False)
        picture = as_picture(found, model.name, asked.scheme)
        policy = policy_of(picture_style(asked.scheme), images="data:")
        return _response(picture, "image/svg+xml", found.remarks, policy)
    found = look()
    tokens = [*found.text.left, *(found.text.right or ())]
    units = ask_units(network_of(predictor), predictor.vocabulary, tokens)
    if asked.format == "json":
        numbers = as_numbers(found, units)
        return _response(numbers, "application/json", found.remarks)
    from app.evaluation.report.page import page_policy  # brings jinja2

    page = as_page(found, units, model.name)
    return _response(page, "text/html", found.remarks, page_policy("explain"))


def _response(
    content: str, kind: str, remarks: Sequence[str], policy: str | None = None
) -> Response:
    """An answer with what is not shown in it as a header."""
    headers = {"Nextword-Remarks": " ".join(remarks)} if remarks else {}
    if policy is not None:
        headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    return Response(content, media_type=kind, headers=headers)


async def _asked_inside(request: Request) -> InsideRequest:
    """What a JSON object or the fields of a form ask for.

    Raises:
        RequestValidationError: something is wrong with it.
        ServerError: it is neither.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", _FORM):
        raise ServerError(
            422, f"The body is {kind[:100]!r}, but must be application/json or {_FORM}."
        )
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = _fields(body) if kind == _FORM else json.loads(body)
        return InsideRequest.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    except json.JSONDecodeError as error:
        mistake = {"type": "json_invalid", "loc": ("body", error.pos)}
        raise RequestValidationError(
            [{**mistake, "msg": "no JSON", "ctx": {"error": error.msg}}]
        ) from error
    except (RecursionError, ValueError) as error:
        raise ServerError(422, "The body holds more than a request does.") from error


def _fields(body: str) -> dict[str, str]:
    """The fields of a form; what is left empty is not asked, but for the text."""
    found = parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    return {name: value for name, value in found if value or name == "text"}


def _answered() -> dict[str, Any]:
    """What the description says about the kinds of answers."""
    text = {"schema": {"type": "string"}}
    numbers = {"schema": {"type": "object", "description": "as explain writes it"}}
    return {"image/svg+xml": text, "text/html": text, "application/json": numbers}


def _requested() -> dict[str, Any]:
    """What the description says about the kinds of requests."""
    schema = InsideRequest.model_json_schema()
    fields = {name: _as_field(it) for name, it in schema["properties"].items()}
    form = {**schema, "properties": fields}
    return {"application/json": {"schema": schema}, _FORM: {"schema": form}}


def _as_field(schema: dict[str, Any]) -> dict[str, Any]:
    """A value as the field of a form, which knows no null: it is left out instead."""
    kinds = [it for it in schema.get("anyOf", []) if it["type"] != "null"]
    told = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**told, **kinds[0]} if kinds else told
