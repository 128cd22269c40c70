"""What is asked and answered over HTTP, as the OpenAPI description tells it.

Requests are taken strictly: a number is no text, and a key that nobody knows is a
mistake. How long a text may be is a limit of the server, not of the type.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.settings import Parts

MOST_SUGGESTIONS = 50

Text = Annotated[
    str, Field(description="at most as many characters as the server's limit says")
]
Top = Annotated[
    int,
    Field(ge=1, le=MOST_SUGGESTIONS, description="how many at most, likeliest first"),
]
Confidence = Annotated[
    float, Field(ge=0, le=1, description="nothing less likely is offered")
]
Temperature = Annotated[
    float,
    Field(
        ge=0.1,
        le=5,
        description="the logarithms of the probabilities are divided by it: below 1 "
        "the likely becomes likelier still",
    ),
]


def example(**asked: Any) -> ConfigDict:
    """The configuration of a request that is shown by this example."""
    return ConfigDict(json_schema_extra={"examples": [asked]})


class Asked(BaseModel):
    """What every request may say."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: Annotated[
        str | None, Field(description="name of a model; the first one without")
    ] = None


class AskedOfParts(Asked):
    """What every request may say that is answered by the parts of a model."""

    ngrams: Annotated[
        bool, Field(description="whether the n-grams of the training text take part")
    ] = True
    cache: Annotated[
        bool, Field(description="whether what the text itself said before takes part")
    ] = True
    memory: Annotated[
        bool, Field(description="whether the server's personal memory is listened to")
    ] = True

    @property
    def parts(self) -> Parts:
        """The parts that are to answer."""
        return Parts(ngrams=self.ngrams, cache=self.cache)


class CompleteRequest(AskedOfParts):
    """A text to go on with."""

    model_config = example(text="The clouds are on th", typing=True, top=3)

    text: Text
    typing: Annotated[
        bool, Field(description="the last word is half typed: finish it")
    ] = False
    top: Top = 5
    words: Annotated[
        int,
        Field(ge=1, le=10, description="with more than 1, phrases of up to so many"),
    ] = 1
    confidence: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="nothing less likely is offered; without, 0 for words and 0.01 "
            "for phrases",
        ),
    ] = None
    temperature: Temperature = 1.0
    forgiving: Annotated[
        bool,
        Field(description="with typing: also words that fit but for one typing error"),
    ] = False


class FillRequest(AskedOfParts):
    """A text with blanks, three underscores or more each."""

    model_config = example(text="The ___ sat on the mat .", top=3)

    text: Text
    candidates: Annotated[
        list[str] | None, Field(description="rank only these, and all of them")
    ] = None
    top: Top = 5
    confidence: Confidence = 0.0


class ScoreRequest(AskedOfParts):
    """A text whose probability is asked for."""

    model_config = example(text="The cat sat on the mat .")

    text: Text


class WriteRequest(AskedOfParts):
    """A text that is written on by chance."""

    model_config = example(text="The cat", words=10, seed=1)

    text: Text
    words: Annotated[
        int | None,
        Field(ge=1, le=200, description="to the end of the paragraph without"),
    ] = None
    temperature: Temperature = 1.0
    top_k: Annotated[
        int, Field(ge=0, description="draw from so many of the likeliest; 0: from all")
    ] = 0
    top_p: Annotated[
        float,
        Field(
            gt=0,
            le=1,
            description="draw from the likeliest that have this probability together",
        ),
    ] = 0.95
    no_repeat: Annotated[
        int,
        Field(
            ge=0,
            description="no so many words in a row a second time; 0: repeat freely",
        ),
    ] = 3
    seed: Annotated[
        int, Field(ge=0, lt=2**53, description="the same seed, the same text")
    ] = 0
    top: Annotated[int, Field(ge=1, le=5, description="how many texts")] = 1


class RememberRequest(Asked):
    """A text that the person has accepted, for the personal memory."""

    model_config = example(text="The cat sat on the mat .")

    text: Text


class SessionOptions(AskedOfParts):
    """How the words of a session are chosen; each is kept until it is changed."""

    top: Top = 5
    confidence: Confidence = 0.0
    temperature: Temperature = 1.0
    forgiving: Annotated[
        bool, Field(description="also words that fit but for one typing error")
    ] = False
    once: Annotated[
        bool, Field(description="no words that were passed over with fewer letters")
    ] = False


class ModelVersion(BaseModel):
    """Who has answered."""

    name: str
    version: Annotated[int, Field(description="goes up when the folder was replaced")]


class OfferedWord(BaseModel):
    """A suggestion."""

    word: Annotated[str, Field(description="as a person writes it; or a phrase")]
    probability: float


class BlankAnswer(BaseModel):
    """The words for one blank; the next word is one implied blank at the end."""

    suggestions: list[OfferedWord]
    unexamined: Annotated[
        float | None,
        Field(description="the probability of the words that were not tried"),
    ] = None


class SuggestionsAnswer(BaseModel):
    """The words for a text."""

    text: str
    blanks: list[BlankAnswer]
    model: ModelVersion


class ScoredToken(BaseModel):
    """A word or mark and how likely it was after what stands in front of it."""

    token: str
    log_probability: Annotated[float, Field(description="nats")]
    is_unknown: Annotated[bool, Field(description="whether the vocabulary lacks it")]


class ScoreAnswer(BaseModel):
    """How likely a text is, as a paragraph."""

    text: str
    log_probability: Annotated[float, Field(description="nats; its end counted")]
    tokens: Annotated[int, Field(description="words and marks, and the end")]
    perplexity: float
    words: list[ScoredToken]
    model: ModelVersion


class RememberAnswer(BaseModel):
    """What the memory holds now."""

    words: Annotated[int, Field(description="different words that it knows")]


class ModelDescription(ModelVersion):
    """A model that can be asked."""

    words: Annotated[int, Field(description="how many it knows")]
    cell: str
    layers: int
    units: int
    parts: Annotated[list[str], Field(description="network, ngrams, cache, two_sided")]
    memory: Annotated[bool, Field(description="whether there is a personal memory")]
    pretokenized: bool
    created: str | None
    perplexity: Annotated[
        float | None, Field(description="on the test text of its training")
    ]


class ModelsAnswer(BaseModel):
    """The models that can be asked."""

    models: list[ModelDescription]
    default: str


class Health(BaseModel):
    """Whether the server answers."""

    status: str


class Problem(BaseModel):
    """Why a request is not answered as asked."""

    error: Annotated[str, Field(description="what came, what was expected, what to do")]
    limit: Annotated[str | None, Field(description="the limit that was met")] = None
    value: Annotated[int | None, Field(description="its value")] = None


# What every route may answer instead.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "This is no request, or of no known host."},
    401: {"model": Problem, "description": "The server's token is missing or wrong."},
    403: {"model": Problem, "description": "A page of another origin asks."},
    404: {"model": Problem, "description": "There is no such model."},
    408: {"model": Problem, "description": "The body came too slowly."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "The request cannot be answered."},
    429: {"model": Problem, "description": "Too many requests wait already."},
    503: {"model": Problem, "description": "It took too long, or too many ask."},
}
