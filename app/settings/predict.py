"""The settings of `predict.py`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from app.errors import UserError
from app.settings.flags import option
from app.settings.parts import (
    network_only_option,
    no_cache_option,
    no_ngrams_option,
)
from app.settings.sampling import Sampling

_USUAL = Sampling()
_SAMPLING_FIELDS = tuple(spec.name for spec in dataclasses.fields(Sampling))


@dataclass(frozen=True)
class PredictSettings:
    """`predict.py`: which texts are completed, by which model, shown how."""

    text: tuple[str, ...] = option(
        (),
        "each argument is one text: with ___ in it its blanks are filled (sk___ asks "
        "for a word that begins with sk), without it is completed; - reads one text a "
        "line from standard input; without any, a live prompt",
        positional=True,
        nargs="*",
        metavar="TEXT",
    )
    model: str | None = option(
        None,
        "name of a model in models/, or path of one (default: the newest)",
        metavar="NAME",
    )
    top: int | None = option(
        None,
        "suggestions for each blank (default: 5); with --sample, texts (default: 1)",
        type=int,
        metavar="N",
    )
    words: int | None = option(
        None,
        "suggest phrases of up to N words (default: 1); with --sample, write N words "
        "(default: to the end of the paragraph)",
        type=int,
        metavar="N",
    )
    confidence: float | None = option(
        None,
        "offer nothing that is less likely than P (default: 0 for words, 0.01 for "
        "phrases)",
        type=float,
        metavar="P",
    )
    sample: bool = option(
        False, "write on: draw the words that follow from their probabilities"
    )
    temperature: float | None = option(
        None,
        "of --sample: below 1 the likely is drawn more often, above 1 less often "
        f"(default: {_USUAL.temperature:g})",
        type=float,
        metavar="T",
    )
    top_k: int | None = option(
        None,
        "of --sample: draw from the K likeliest words and marks (default: 0, all)",
        type=int,
        metavar="K",
    )
    top_p: float | None = option(
        None,
        "of --sample: draw from the likeliest that have the probability P together "
        f"(default: {_USUAL.top_p:g})",
        type=float,
        metavar="P",
    )
    no_repeat: int | None = option(
        None,
        "of --sample: write no N words and marks in a row a second time (default: "
        f"{_USUAL.no_repeat}; 0: repeat freely)",
        type=int,
        metavar="N",
    )
    seed: int | None = option(
        None,
        "of --sample: the same seed, the same text (default: a new one, which is told)",
        type=int,
        metavar="N",
    )
    typing: bool = option(
        False,
        "the last word of TEXT is half typed: finish it, whatever its case and "
        "accents; the probabilities of the words that fit sum to 1, which "
        "contractions lie inside of, and unknown words of TEXT are among them",
    )
    forgiving: bool = option(
        False,
        "with --typing: where no word fits, those that would with one letter too "
        "many, missing, wrong or swapped with its neighbour",
    )
    offer_once: bool = option(
        False,
        "in the live prompt: a word that was in the list and not taken makes room for "
        "another while the same word is typed",
    )
    candidates: str | None = option(
        None, "rank only these words; all of them are answered", metavar="A,B,C"
    )
    block: str | None = option(
        None,
        "never offer the words and phrases of this file, one a line, in whatever case",
        metavar="FILE",
    )
    punctuation: bool = option(False, "offer marks too, not words and numbers alone")
    json: bool = option(False, "print one JSON object a line instead of a table")
    jsonl: bool = option(
        False,
        "standard input holds JSON objects, one a line, and so does the answer: "
        '{"text": ..., "typing": ..., "candidates": [...], "top": ..., "words": ..., '
        '"confidence": ...}, and with --sample {"text": ..., "top": ..., "words": '
        '..., "seed": ...}; only "text" must be there',
    )
    memory: str | None = option(
        None,
        "listen to the personal memory in FILE, which python -m app memory fills and "
        "shows (default: none)",
        metavar="FILE",
    )
    network_only: bool = network_only_option()
    no_ngrams: bool = no_ngrams_option()
    no_cache: bool = no_cache_option()

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        if self.top is not None and self.top < 1:
            raise UserError(f"--top is {self.top}, but at least 1 word is shown.")
        if self.candidates is not None and not self.candidate_words:
            raise UserError(
                f"--candidates {self.candidates!r} names no word. Give words with "
                "commas between them, for instance: --candidates cat,dog."
            )
        if self.candidates is not None and self.typing:
            raise UserError(
                "--typing finishes any word that fits, but --candidates names the "
                "words. Leave out one of them."
            )
        if self.forgiving and not self.typing:
            raise UserError(
                "--forgiving is for a half-typed word. Give --typing too, or leave it "
                "out."
            )
        if self.offer_once and (self.text or self.jsonl):
            raise UserError(
                "--offer-once is for the live prompt, where one word is typed after "
                "the other. Leave out TEXT and --jsonl, or leave it out."
            )
        if self.jsonl and self.text not in ((), ("-",)):
            raise UserError(
                "--jsonl reads the texts from standard input, so TEXT cannot be "
                "given too. Leave out one of them."
            )
        if self.text.count("-") > 1:
            raise UserError("Standard input (-) can be read only once. Give one -.")
        self._check_phrases()
        self._check_sampling()

    def _check_phrases(self) -> None:
        """Refuses impossible `words` and `confidence`."""
        if self.words is not None and self.words < 1:
            raise UserError(f"--words is {self.words}, but must be at least 1.")
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise UserError(
                f"--confidence is {self.confidence:g}, but is a probability: 0 to 1."
            )
        if self.candidates is None:
            return
        for flag, value in (("words", self.words), ("confidence", self.confidence)):
            if value is not None:
                raise UserError(
                    f"--candidates names the words that are ranked, and all of them "
                    f"are answered, so --{flag} cannot be given too. Leave out one."
                )

    def _check_sampling(self) -> None:
        """Refuses what `--sample` has no use for, and its flags without it."""
        if self.sample:
            _ = self.sampling  # refuses impossible numbers
            if self.seed is not None and self.seed < 0:
                raise UserError(f"--seed is {self.seed}, but must be 0 or more.")
            for flag in ("candidates", "confidence", "typing"):
                value = getattr(self, flag)
                if value is not None and value is not False:
                    raise UserError(
                        f"--sample draws what follows, so --{flag} has no meaning. "
                        "Leave out one of them."
                    )
            return
        for name in (*_SAMPLING_FIELDS, "seed"):
            if getattr(self, name) is not None:
                raise UserError(
                    f"--{name.replace('_', '-')} is for writing on. Add --sample, or "
                    "leave it out."
                )

    @property
    def suggests_as_one_types(self) -> bool:
        """Whether single words are asked for, as the live prompt offers them."""
        others = (self.words, self.confidence, self.candidates)
        return not (self.sample or self.json) and others == (None, None, None)

    @property
    def num_suggestions(self) -> int:
        """How many are shown."""
        return self.top or (1 if self.sample else 5)

    @property
    def sampling(self) -> Sampling:
        """How `--sample` draws."""
        given = {name: getattr(self, name) for name in _SAMPLING_FIELDS}
        return Sampling(**{k: v for k, v in given.items() if v is not None})

    @property
    def candidate_words(self) -> list[str] | None:
        """The candidates one by one, or None where any word may be answered."""
        if self.candidates is None:
            return None
        return [word.strip() for word in self.candidates.split(",") if word.strip()]
