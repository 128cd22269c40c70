"""`python -m app compare`: kinds of network on the same text, one after the other.

Settings enter, the figures of every network leave. The text is read and cut once, as
for `train.py`, and each network is trained by what trains there. All that is finished
is kept in the folder of the comparison, and of a network that is not, its checkpoint.
"""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.console import progress_bar
from app.errors import UserError
from app.evaluation.blanks.every_token import observe_blanks
from app.evaluation.measuring import evaluate
from app.evaluation.metrics import Target, figures
from app.files.ngram_files import NGRAMS
from app.language.budget import as_large_as, num_own_parameters, num_parameters
from app.language.contract import LanguageModel
from app.language.network import Network
from app.language.ngram import NGramModel
from app.language.two_sided import TwoSidedNetwork
from app.model_names import partial_folder
from app.run.kept import Kept
from app.run.ngrams import build_ngrams
from app.run.preparation import prepare
from app.run.unfinished import PREPARED, Prepared, discard, load_prepared
from app.settings import CompareSettings
from app.settings.compare import KNESER_NEY, TWO_SIDED
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from app.text.vocabulary import EOS

if TYPE_CHECKING:
    from app.network.training import Trainer

logger = logging.getLogger(__name__)

# The textbooks' example of a word far back that decides, and of one that is near.
SENTENCES = (
    "The clouds are on the ___",
    "The clouds , which partly flow into each other and hang low , are on the ___",
)

_TIMED = 200  # words that a prediction's time is the median of
_OFFERS = 5


class Comparison:
    """What is trained and measured, and where it is kept.

    Args:
        settings: of the command.

    Raises:
        UserError: the folder holds a comparison of other settings.
    """

    def __init__(self, settings: CompareSettings) -> None:
        self.settings = settings
        self.folder = Path(settings.to)
        self._kept = Kept(self.folder, settings.decisive)

    def run(self) -> dict[str, Any]:
        """Trains and measures what is not kept yet.

        Returns:
            "corpus", facts of it; "runs": of every network its "kind", "seed", width,
            size, speed, figures on the test text, and answers.

        Raises:
            KeyboardInterrupt: what is done is kept.
            UserError: the text or the sizes do not serve.
        """
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        corpus = self._kept.result("corpus", self._corpus)
        runs = [
            self._kept.result(f"{kind}-{seed}", self._work(kind, seed))
            for seed in range(self.settings.seeds)
            for kind in self.settings.chosen_kinds
            if kind != KNESER_NEY or seed == 0
        ]
        for run in runs:  # their checkpoints; a two-sided one is beside an LSTM
            for name in ("text", f"{run['kind']}-{run['seed']}", f"lstm-{run['seed']}"):
                discard(self.folder / name)
        return {"corpus": corpus, "runs": runs}

    # -- the text ------------------------------------------------------------------

    @cached_property
    def _prepared(self) -> Prepared:
        """The text as numbers, which all have in common."""
        folder = self.folder / "text"
        if (partial_folder(folder) / PREPARED).exists():
            return load_prepared(folder)
        prepared = prepare(self.settings.training("lstm", 0), [], folder)
        if "test" not in prepared.texts:
            raise UserError("There is no test text, so nothing can be compared.")
        return prepared

    def _corpus(self) -> dict[str, Any]:
        return {
            **self._prepared.facts["corpus"],
            "vocabulary": self._prepared.vocabulary.size,
        }

    def _prepared_for(self, kind: str, seed: int) -> Prepared:
        """The run of one kind, as wide as makes it as large as the LSTM."""
        prepared = self._prepared
        lstm = replace(prepared, settings=self.settings.training("lstm", seed))
        alike = replace(prepared, settings=self.settings.training(kind, seed))
        wanted, shape = lstm.architecture, alike.architecture
        if kind == TWO_SIDED:
            shape = shape.for_blanks()
        try:
            units = as_large_as(wanted, shape).units
        except ValueError as error:
            raise UserError(
                f"--units {self.settings.units}: for {kind}, {error}. Give a larger "
                "number."
            ) from error
        return replace(prepared, settings=self.settings.training(kind, seed, units))

    # -- the work ------------------------------------------------------------------

    def _work(self, kind: str, seed: int) -> Callable[[], dict[str, Any]]:
        def work() -> dict[str, Any]:
            logger.info("== %s, seed %d", kind, seed)
            made = {KNESER_NEY: self._ngrams, TWO_SIDED: self._two_sided}
            return {
                "kind": kind,
                "seed": seed,
                **made.get(kind, self._network)(kind, seed),
            }

        return work

    def _network(self, kind: str, seed: int) -> dict[str, Any]:
        prepared = self._prepared_for(kind, seed)
        trainer = self._fitted(prepared, f"{kind}-{seed}")
        network = Network(prepared.architecture, _weights(trainer))
        return {
            **_sizes(prepared.architecture),
            **_course(trainer),
            **self._measured(network),
        }

    def _fitted(self, prepared: Prepared, name: str) -> Trainer:
        from app.run.fitting import Run, fit

        folder = self.folder / name
        partial_folder(folder).mkdir(exist_ok=True)
        return fit(Run(prepared, folder))

    def _two_sided(self, kind: str, seed: int) -> dict[str, Any]:
        """Reads the word vectors that the LSTM of the same seed has learned."""
        from app.run.blank_training import two_sided_network
        from app.run.fitting import Run, fit_blanks

        lstm = self._prepared_for("lstm", seed)
        left = self._fitted(lstm, f"lstm-{seed}")
        prepared = self._prepared_for(kind, seed)
        trainer = fit_blanks(Run(prepared, self.folder / f"lstm-{seed}"), left)
        if trainer is None:
            raise ValueError("the settings of a two-sided network ask for none")
        network = two_sided_network(prepared, left, trainer)
        left_network = Network(lstm.architecture, _weights(left))
        return {
            **_sizes(prepared.architecture.for_blanks()),
            **_course(trainer),
            "milliseconds": None,
            "figures": self._of_blanks(network),
            "answers": self._answers(left_network, network),
        }

    def _ngrams(self, kind: str, seed: int) -> dict[str, Any]:
        began = time.monotonic()
        places = build_ngrams(self._prepared, self.folder / "text")
        seconds = time.monotonic() - began
        size = sum(it.stat().st_size for it in places[NGRAMS].glob("*.npy"))
        tokens = self._prepared.texts["train"].num_tokens
        return {
            "units": None,
            "parameters": None,
            "own_parameters": None,
            "megabytes": size / 1e6,
            "epochs": 1,
            "seconds": seconds,
            "tokens_per_second": tokens / seconds,
            **self._measured(NGramModel.load(places[NGRAMS])),
        }

    # -- the figures ---------------------------------------------------------------

    def _measured(self, model: LanguageModel) -> dict[str, Any]:
        text, vocabulary = self._prepared.texts["test"], self._prepared.vocabulary
        with progress_bar("Measuring", text.num_tokens) as bar:
            found = evaluate(model, vocabulary, text, report=bar)
        return {
            "milliseconds": _milliseconds(model, np.asarray(text.ids[:_TIMED])),
            "figures": found,
            "answers": self._answers(model),
        }

    def _of_blanks(self, network: TwoSidedNetwork) -> dict[str, Any]:
        """Every word in its turn as a blank; nobody blanks out an end."""
        text, vocabulary = self._prepared.texts["test"], self._prepared.vocabulary
        with progress_bar("Measuring blanks", text.num_tokens) as bar:
            outcomes = observe_blanks(network, vocabulary, text, bar)
        is_token = np.asarray(text.ids) != EOS
        target = Target.all_of(text, vocabulary).only(is_token)
        return figures(outcomes.at(is_token), target, vocabulary)

    def _answers(
        self, model: LanguageModel, two_sided: TwoSidedNetwork | None = None
    ) -> dict[str, Any]:
        """What stands in the blanks of the textbooks' sentences."""
        tokenizer = Tokenizer(pretokenized=self.settings.pretokenized)
        vocabulary = self._prepared.vocabulary
        predictor = Predictor(vocabulary, tokenizer, model, two_sided)
        return {
            text: predictor.answer(text, top=_OFFERS)["blanks"][0]["suggestions"]
            for text in SENTENCES
        }


def _weights(trainer: Trainer) -> dict[str, np.ndarray]:
    from app.network.model import named_weights

    return named_weights(trainer.model)


def _sizes(architecture: Any) -> dict[str, Any]:
    return {
        "units": architecture.units,
        "parameters": num_parameters(architecture),
        "own_parameters": num_own_parameters(architecture),
        "megabytes": num_parameters(architecture) * 4 / 1e6,  # float32
    }


def _course(trainer: Trainer) -> dict[str, Any]:
    summary = trainer.summary()
    return {name: summary[name] for name in ("epochs", "seconds", "tokens_per_second")}


def _milliseconds(model: LanguageModel, token_ids: np.ndarray) -> float:
    """What it takes to read a word and predict the next one, the median."""
    states, taken = model.start(1), []
    for token_id in token_ids:
        began = time.perf_counter()
        states = model.advance(states, np.array([token_id], np.int32))
        model.log_probabilities(states)
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)
