"""Everything that can be known about a model, made up: each kind of figure is there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.evaluation.keystrokes.rules import TypistRules
from app.evaluation.report.facts import Facts
from tests.tiny import tiny_vocabulary

SLOTS = ("1", "3", "5")
STRATA = {
    "word_frequency": ["1–9 times in training", "10–99 times", "100 times or more"],
    "seen_rarely": ["more frequent half", "rarer half of the vocabulary", "unknown"],
    "word_class": ["content words", "function words", "numbers", "punctuation"],
    "position_in_sentence": ["token 1", "token 2", "token 3", "token 4 or more"],
    "last_occurrence": ["not yet in its document", "1–10 tokens ago"],
    "first_letters_typed": ["0 letters", "1 letter", "2 letters", "3 letters"],
}
ACCURACIES = ("top_1", "top_3", "top_5", "top_10")


def figures(perplexity: float | None, first: float) -> dict[str, Any]:
    """The figures of one contender, as good as two of them say."""
    shares = dict(zip(ACCURACIES, (1.0, 1.55, 1.8, 2.05), strict=True))
    accuracies = {f"{key}_accuracy": first * it for key, it in shares.items()}
    loss = math.log(perplexity) if perplexity else None
    return {
        "documents": 9,
        "tokens": 34736,
        "oov_tokens": 3164,
        "characters": 170000,
        "perplexity": perplexity,
        "perplexity_charged": perplexity and 2.4 * perplexity,
        "perplexity_known": perplexity and 1.2 * perplexity,
        "loss_nats": loss,
        "bits_per_token": loss and loss / math.log(2),
        "bits_per_character": loss and loss / math.log(2) / 4.9,
        **accuracies,
        "mean_reciprocal_rank": first * 1.4,
        "words_only": {"tokens": 29209, **accuracies},
        "standard_errors": {
            "loss_nats": loss and 0.021,
            "perplexity": perplexity and 0.021 * perplexity,
            "mean_reciprocal_rank": 0.003,
            **dict.fromkeys(accuracies, 0.0034),
        },
        "calibration": {
            "expected_calibration_error": 0.0123,
            "bins": [
                {
                    "tokens": 9000 // (number + 1) ** 2 if number != 8 else 0,
                    "confidence": 0.05 + 0.1 * number,
                    "accuracy": (0.05 + 0.1 * number) ** 1.1,
                }
                for number in range(10)
            ],
        },
        "strata": {
            key: [
                {
                    "stratum": name,
                    "tokens": 34736 // (number + 2),
                    "perplexity": perplexity and perplexity * 4 / (number + 1),
                    "top_1_accuracy": first * (0.2 + 0.4 * number),
                    "top_3_accuracy": first * (0.35 + 0.5 * number),
                    "mean_reciprocal_rank": first * (0.3 + 0.4 * number),
                }
                for number, name in enumerate(names)
            ]
            for key, names in STRATA.items()
        },
    }


def comparison(better: str, than: str, nats: float, error: float) -> dict[str, Any]:
    return {
        "better": better,
        "than": than,
        "nats": nats,
        "standard_error": error,
        "perplexity_ratio": math.exp(nats),
        "top_1_accuracy": 0.038,
        "top_1_standard_error": 0.002,
    }


def keystrokes(documents: int = 60) -> dict[str, Any]:
    draw = np.random.default_rng(1)
    savings = dict(zip(SLOTS, (0.352, 0.437, 0.468), strict=True))
    return {
        "rules": TypistRules().as_json(),
        "characters": 50000,
        "documents": documents,
        "words": 8700,
        "savings": savings,
        "standard_errors": dict.fromkeys(SLOTS, 0.0061),
        "ceilings": {
            "perfect": dict.fromkeys(SLOTS, 0.826),
            "vocabulary": dict.fromkeys(SLOTS, 0.701),
        },
        "by_document": [
            {
                "characters": int(draw.integers(500, 9000)),
                "savings": {
                    key: float(np.clip(draw.normal(it, 0.05), 0, 0.8))
                    for key, it in savings.items()
                },
            }
            for _ in range(documents)
        ],
        "seconds": seconds(),
        "latency_ms": {
            "word": {"median": 0.41, "p90": 0.55, "p99": 1.2, "n": 8700},
            "letter": {"median": 0.05, "p90": 0.08, "p99": 0.2, "n": 31000},
        },
        "peak_memory_bytes": 731_000_000,
    }


def seconds() -> dict[str, Any]:
    keys = [0.12, 0.28, 0.5, 1.0, 2.0]
    helped = {
        slots: {
            "with_help": [3.6 * key + 0.5 + 0.1 * int(slots) for key in keys],
            "pays_from": 0.31 + 0.05 * int(slots),
        }
        for slots in SLOTS
    }
    bare = [5.7 * key for key in keys]
    habits = {"every_key": helped, "two_looks": helped}
    return {
        "eye_movement": 0.23,
        "item": 0.17,
        "key": keys,
        "without_help": bare,
    } | habits


def sampled_blanks() -> dict[str, Any]:
    def one(first: float, blanks: int) -> dict[str, Any]:
        shares = {
            "top_1_accuracy": first,
            "top_3_accuracy": first * 1.4,
            "top_5_accuracy": first * 1.6,
            "candidates_accuracy": min(0.95, first * 2),
        }
        errors = dict.fromkeys(shares, 0.014)
        return {"blanks": blanks, **shares, "standard_errors": errors}

    ways = {"left_only": 0.23, "both_sides": 0.37, "two_sided_network": 0.31}
    return {
        "blanks": 1000,
        "seed": 0,
        "by": {
            way: {
                "all": one(first, 1000),
                "content": one(first * 0.7, 520),
                "function": one(first * 1.3, 480),
            }
            for way, first in ways.items()
        },
    }


def metrics() -> dict[str, Any]:
    return {
        "test": figures(89.46, 0.2218) | {"keystroke_savings": keystrokes()["savings"]},
        "network_only": figures(122.28, 0.21),
        "baselines": {
            "kneser_ney_5": figures(231.1, 0.1839),
            "kneser_ney_3": figures(240.6, 0.1801),
            "cache": figures(480.2, 0.11),
            "unigram": figures(570.6, 0.0669),
            "most_common_word": figures(None, 0.0669),
        },
        "comparisons": [
            comparison("test", "kneser_ney_5", 0.949, 0.021),
            comparison("test", "network_only", 0.312, 0.018),
            comparison("network_only", "kneser_ney_5", 0.637, 0.024),
        ],
        "keystrokes": keystrokes(),
        "blanks": {
            "left_only": figures(110.0, 0.2),
            "both_sides": figures(44.0, 0.35),
            "sampled": sampled_blanks(),
        },
        "training": {
            "tokens": 429850,
            "epochs": 22,
            "seconds": 241.3,
            "tokens_per_second": 44103.7,
            "parameters": 4052617,
            "trainable_parameters": 3254767,
        },
    }


def sentence(words: str) -> dict[str, Any]:
    """Each word as likely as its first letter is early in the alphabet."""
    tokens = [
        {
            "token": word,
            "probability": 0.6 / 4 ** ((ord(word[0].lower()) - ord("a")) % 9),
            "is_unknown": word == "Zosimos",
            "alternatives": [
                {"word": it, "probability": 0.3 / (number + 1)}
                for number, it in enumerate(("the", "a", "clouds", "<b>sky</b>", "sea"))
            ],
        }
        for word in words.split()
    ]
    bits = -sum(math.log2(it["probability"]) for it in tokens) / len(tokens)
    return {"bits_per_token": bits, "tokens": tokens}


def examples() -> dict[str, Any]:
    return {
        "best": [sentence(it) for it in ("The clouds are in the sky .",) * 3],
        "worst": [
            sentence(
                "Zosimos wrote <script>alert(1)</script> & then slept , quietly ."
            ),
            sentence("A dog barked at nobody in particular for the whole long night ."),
        ],
        "missed_words": [
            {"word": it, "missed": 90 - 9 * number, "tokens": 100 - 5 * number}
            for number, it in enumerate(("London", "<i>", "river", "also", "year"))
        ],
        "neighbours": [
            {
                "word": word,
                "neighbours": [
                    {"word": near, "similarity": 0.9 - 0.1 * number}
                    for number, near in enumerate(("lake", "sea", "stream", "bank"))
                ],
            }
            for word in ("river", "king", "<script>alert(2)</script>", "music")
        ],
    }


def history(epochs: int = 12) -> list[dict[str, float]]:
    return [
        {
            "epoch": number,
            "training_loss": 4.6 + 2.0 / number,
            "validation_loss": 4.8 + 0.9 / number,
            "validation_perplexity": math.exp(4.8 + 0.9 / number),
            "validation_top_1_accuracy": 0.2 - 0.05 / number,
            "learning_rate": 0.003 * (1 - number / (epochs + 1)),
            "seconds": 11.0 * number,
        }
        for number in range(1, epochs + 1)
    ]


def config() -> dict[str, Any]:
    return {
        "created": "2026-11-21T20:44:19+00:00",
        "versions": {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1"},
        "name": "demo",
        "command": ["train.py", "notes/my letters.txt", "--name", "demo"],
        "seed": 0,
        "settings": {"corpus": ["notes/my letters.txt"], "test": None},
        "architecture": {
            "cell": "lstm",
            "layers": 1,
            "units": 256,
            "dense_units": 128,
            "embedding_dim": 50,
            "learned_dim": 50,
            "trainable_embeddings": False,
        },
        "corpus": {
            "split": "split by document: 82 documents (4,550 paragraphs) to learn from",
            "sha256": "5042f118b938e337" * 4,
            "train": {"documents": 82, "tokens": 429850},
            "valid": {"documents": 5, "tokens": 30606},
            "test": {"documents": 9, "tokens": 34736},
        },
        "vectors": {
            "source": "glove-6b-50d",
            "num_types": 15952,
            "types_found": 15387,
            "tokens_found": 0.996,
        },
    }


def facts(**changed: Any) -> Facts:
    """All of it, or with some parts changed."""
    whole = {
        "config": config(),
        "vocabulary": tiny_vocabulary(),
        "metrics": metrics(),
        "examples": examples(),
        "history": history(),
    }
    return Facts(**(whole | changed))
