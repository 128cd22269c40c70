"""What TensorFlow Serving's dialect looks like, as the OpenAPI description tells it.

Bodies are read by `app/serving/predict_dialect.py`, which takes what TensorFlow Serving
takes and says what it does not; here is only what a person or a program reads about it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel

from app.serving.signature_specs import NUM_SUGGESTIONS

_SIGNATURES = "serving_default, typing, score; fill and step of models that have them"
_BASE64 = (
    'as text, as {"b64": ...} or, by the names of the inputs, as objects; '
    '"step" takes objects'
)

Ten = {"min_length": NUM_SUGGESTIONS, "max_length": NUM_SUGGESTIONS}


class AskedByRow(BaseModel):
    """One row for each text."""

    signature_name: Annotated[str, Field(description=_SIGNATURES)] = "serving_default"
    instances: Annotated[
        list[str | dict[str, Any]], Field(min_length=1, description=_BASE64)
    ]


class AskedByColumn(BaseModel):
    """One list for each input."""

    signature_name: Annotated[str, Field(description=_SIGNATURES)] = "serving_default"
    inputs: Annotated[list[Any] | dict[str, list[Any]], Field(description=_BASE64)]


class Words(BaseModel):
    """The words for a text, the likeliest first."""

    words: Annotated[list[str], Field(description='padded with ""', **Ten)]
    probabilities: Annotated[list[float], Field(description="padded with 0", **Ten)]


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


# FastAPI must not read the bodies itself, so it is told what they are.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        AskedByRow.model_json_schema(),
                        AskedByColumn.model_json_schema(),
                    ]
                }
            }
        },
    }
}
