"""The settings of `predict.py`."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import UserError
from app.settings.flags import option
from app.settings.parts import (
    network_only_option,
    no_cache_option,
    no_ngrams_option,
)


@dataclass(frozen=True)
class PredictSettings:
    """`predict.py`: which texts are completed, by which model, shown how."""

    text: tuple[str, ...] = option(
        (),
        "each argument is one text: with ___ in it its blanks are filled, without it "
        "is completed; - reads one text a line from standard input; without any, a "
        "live prompt",
        positional=True,
        nargs="*",
        metavar="TEXT",
    )
    model: str | None = option(
        None,
        "name of a model in models/, or path of one (default: the newest)",
        metavar="NAME",
    )
    top: int = option(
        5, "suggestions for each blank (default: %(default)s)", type=int, metavar="N"
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
        '{"text": ..., "typing": ..., "candidates": [...], "top": ...}; only "text" '
        "must be there",
    )
    network_only: bool = network_only_option()
    no_ngrams: bool = no_ngrams_option()
    no_cache: bool = no_cache_option()

    def __post_init__(self) -> None:
        """Refuses what cannot work.

        Raises:
            UserError: says which flag, and what to do.
        """
        if self.top < 1:
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
        if self.jsonl and self.text not in ((), ("-",)):
            raise UserError(
                "--jsonl reads the texts from standard input, so TEXT cannot be "
                "given too. Leave out one of them."
            )
        if self.text.count("-") > 1:
            raise UserError("Standard input (-) can be read only once. Give one -.")

    @property
    def candidate_words(self) -> list[str] | None:
        """The candidates one by one, or None where any word may be answered."""
        if self.candidates is None:
            return None
        return [word.strip() for word in self.candidates.split(",") if word.strip()]
