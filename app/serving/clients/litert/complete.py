"""Completes texts with the model beside this file: pip install numpy ai-edge-litert.

python complete.py "The clouds are in the" "It is"
"""

import json
import re
import sys
from functools import reduce
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

HERE = Path(__file__).parent
RULES = json.loads((HERE / "tokenizer.json").read_bytes())
ROWS = (HERE / "vocabulary.txt").read_bytes().decode().split("\n")[:-1]
WORDS = [row.split("\t") for row in ROWS]  # token, as written, "1" if offered, clitics
IDS = {row[0]: i for i, row in enumerate(WORDS) if i >= RULES["reserved_ids"]}
SPELLED = RULES.get("spellings", {})
MARKS = "".join(pair[1:] for pair in SPELLED)


def replaced(text, pairs):
    """The text after each pair of expression and replacement, over the whole of it."""
    return reduce(lambda text, pair: re.sub(*pair, text), pairs, text)


def tokens_of(text):
    """The tokens of a text, as they are written there."""
    if RULES["pretokenized"]:
        return re.findall(r"[^ \t\n\v\f\r]+", text)
    text = replaced(text, RULES["substitutions"])
    text = "".join(SPELLED.get(character, character) for character in text)
    for _ in range(RULES["spelling_passes"]):  # a letter and its marks become one
        text = re.sub(f"(?s).[{MARKS}]", lambda it: SPELLED.get(it[0], it[0]), text)
    return replaced(text, RULES["rules"]).split()


class Model:
    """One of the step files, ready to read."""

    def __init__(self, file="step-int8.tflite"):
        interpreter = Interpreter(str(HERE / file), num_threads=1)
        self.step = interpreter.get_signature_runner("step")

    def suggestions(self, text, count=5):
        """The likeliest next words and their probabilities, the likeliest first."""
        tokens = tokens_of(text)
        outputs = reduce(self.read, [RULES["first_id"], *ids_of(tokens)], None)
        priors, found = log_priors(outputs), []
        for host in np.argsort(-priors, kind="stable"):
            if sum(prior > priors[host] for prior, _ in found) >= count:
                break  # what begins with a less likely token is less likely
            _, written, is_offered, clitics = WORDS[host]
            if is_offered == "1":
                found.append((priors[host], written))
            after = log_priors(self.read(outputs, host)) if clitics else None
            for it in clitics.split():
                found.append((priors[host] + after[IDS[it]], written + it))
        best = sorted(found, reverse=True)[:count]
        return [(as_begun(word, tokens), float(np.exp(prior))) for prior, word in best]

    def read(self, outputs, token_id):
        """The outputs of the step that reads one token more; None before the first."""
        inputs = self.step.get_input_details()
        states = outputs or {k: np.zeros(v["shape"], "f4") for k, v in inputs.items()}
        feed = {name: states[name] for name in inputs if name != "token_ids"}
        return self.step(token_ids=np.array([token_id], np.int32), **feed)


def ids_of(tokens):
    """The ids of the last of the tokens, as many as are read."""
    too_many = max(0, len(tokens) - RULES["most_tokens"])
    tokens = tokens[too_many - too_many % RULES["tokens_dropped_at_a_time"] :]
    if not RULES["pretokenized"]:
        tokens = [replaced(it, RULES["foldings"]).lower() for it in tokens]
    return [IDS.get(token, RULES["unknown_id"]) for token in tokens]


def log_priors(outputs):
    """Log-probabilities of the next token, were it none of the reserved ones."""
    found = outputs["log_probabilities"][0]
    return found - np.log(np.exp(found[RULES["reserved_ids"] :]).sum())


def as_begun(word, tokens):
    """The word as it is written after the tokens: with a capital if it comes first."""
    ends, passed = RULES.get("sentence_ends", ()), RULES.get("passed_over", ())
    is_first = reduce(
        lambda is_it, t: t in ends or (is_it and t in passed), tokens, True
    )
    has_form = RULES["pretokenized"] or word != word.lower() or "." in word
    return word[:1].upper() + word[1:] if is_first and not has_form else word


if __name__ == "__main__":
    model = Model()
    for text in sys.argv[1:]:
        print(text)
        for word, probability in model.suggestions(text):
            print(f"  {word:20} {probability:6.1%}")
