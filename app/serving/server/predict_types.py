"""What TensorFlow Serving's dialect looks like, as the OpenAPI description tells it.

Bodies are read by `app/serving/predict_dialect.py`, which takes what TensorFlow Serving
takes and says what it does not; here is only what a person or a program reads about it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel

from app.serving.predict_dialect import DEFAULT
from app.serving.signature_specs import FILL, NUM_SUGGESTIONS, SCORE, STEP, TYPING

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_Ten = Field(min_length=NUM_SUGGESTIONS, max_length=NUM_SUGGESTIONS)


class Words(BaseModel):
    """The words for a text, the likeliest first."""

    words: Annotated[list[str], _Ten, Field(description='padded with ""')]
    probabilities: Annotated[list[float], _Ten, Field(description="padded with 0")]


class Score(BaseModel):
    """How likely a text is, as a paragraph."""

    log_probability: Annotated[float, Field(description="nats; its end counted")]
    tokens: Annotated[int, Field(description="words and marks, and the end")]


class Predictions(BaseModel):
    """The answer to `instances`: a row each, in their order."""

    predictions: list[Words | Score | dict[str, list[Any]]]


class Outputs(BaseModel):
    """The answer to `inputs`: a list for each output."""

    outputs: dict[str, list[Any]]


class Predicted(RootModel[Predictions | Outputs]):
    """The answer of a signature, in the layout in which it was asked."""


class Error(BaseModel):
    """What came of a version: nothing bad."""

    error_code: Literal["OK"]
    error_message: Literal[""]


class VersionStatus(BaseModel):
    """A version of a model."""

    version: str
    state: Literal["AVAILABLE"]
    status: Error


class ModelStatus(BaseModel):
    """The versions of a model that answer."""

    model_version_status: list[VersionStatus]


class ModelSpec(BaseModel):
    """Which model is described."""

    name: str
    signature_name: str
    version: str


class Metadata(BaseModel):
    """The signatures of a model: names, types and shapes of what goes in and out."""

    model_spec: ModelSpec
    metadata: dict[str, Any]


def _object(**properties: Any) -> dict[str, Any]:
    """The schema of an object that has these and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _array(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_TEXT = {
    "anyOf": [
        {"type": "string"},
        _object(b64={"type": "string", "pattern": _BASE64}),
    ]
}
_OF_TEXTS: dict[str, Any] = {
    "enum": [DEFAULT, TYPING, SCORE, FILL],
    "default": DEFAULT,
    "description": f"{FILL}: of models with a network for blanks",
}
_STEP = {
    "const": STEP,
    "description": "of models that carry states, whose names and shapes /metadata has",
}


def _asked(
    signature: dict[str, Any], rows: dict[str, Any], columns: dict[str, Any]
) -> list[dict[str, Any]]:
    """The two layouts in which signatures are asked."""
    name = {"signature_name": signature}
    required = ["signature_name"] * ("default" not in signature)
    return [
        {
            "type": "object",
            "properties": {**name, layout: schema},
            "required": [layout, *required],
            "not": {"required": [other]},
        }
        for layout, other, schema in (
            ("instances", "inputs", rows),
            ("inputs", "instances", columns),
        )
    ]


_TEXTS = _asked(
    _OF_TEXTS,
    {"anyOf": [_array(_TEXT, 1), _array(_object(text=_TEXT), 1)]},
    {"anyOf": [_array(_TEXT), _object(text=_array(_TEXT))]},
)
_STEPS = _asked(_STEP, _array({"type": "object"}, 1), {"type": "object"})

# FastAPI must not read the bodies itself, so it is told what they are.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": [*_TEXTS, *_STEPS]}}},
    }
}
