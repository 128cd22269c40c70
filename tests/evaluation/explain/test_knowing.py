"""A unit that knows something is found, and none is found in noise."""

import numpy as np
import pytest

from app.evaluation.explain.knowing import find_units
from app.evaluation.explain.properties import Property, properties_of

SENTENCES = (
    'He said " it rains ( again ) on 42 days " and left .',
    "The cat sat on the mat ( a very old one ) for 7 years .",
    "She laughed .",
    "Clouds hang low over the sea , and nobody minds .",
)
# In no order: a text that repeats itself is as like as can be when it is shifted.
TEXT = " ".join(np.random.default_rng(0).choice(SENTENCES, 120).tolist())


def noise(tokens, units, seed):
    """States that wander, as those of networks do: neighbours are alike."""
    steps = np.random.default_rng(seed).normal(size=(tokens, units))
    states = np.zeros_like(steps)
    for place in range(1, tokens):
        states[place] = 0.8 * states[place - 1] + steps[place]
    return np.tanh(states).astype(np.float32)


@pytest.fixture(scope="module")
def properties():
    return properties_of(TEXT.split())


def test_a_planted_unit_is_found_for_its_property(properties):
    states = noise(len(TEXT.split()), 40, seed=1)
    brackets = next(it for it in properties if "brackets" in it.name)
    states[:, 17] = 0.3 * states[:, 17] - brackets.values
    found = [it for it in find_units({"hidden": states}, properties) if it.is_found]
    assert (found[0].name, found[0].unit) == (brackets.name, 17)
    assert found[0].correlation < -0.5
    assert found[0].area > 0.95
    assert found[0].random_unit < 0.1


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_found_in_noise(properties, seed):
    states = noise(len(TEXT.split()), 256, seed)
    assert not [it.name for it in find_units({"a": states}, properties) if it.is_found]


def test_the_area_is_that_of_pairs_compared_one_by_one():
    generator = np.random.default_rng(3)
    truths = (generator.random(400) < 0.3).astype(float)
    unit = (generator.normal(size=400) + truths).astype(np.float32)
    [found] = find_units({"a": unit[:, None]}, [Property("whether", truths)])
    here, values = truths[200:] == 1, unit[200:]
    pairs = values[here][:, None] > values[~here][None]
    assert found.area == pytest.approx(pairs.mean())


def test_quotation_marks_brackets_and_places_are_counted():
    tokens = 'a " b c " ( d [ e ] ) . f g'.split()
    values = {it.name: it.values.tolist() for it in properties_of(tokens)}
    assert values["whether it stands in quotation marks"] == (
        [0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    )
    assert values["whether it stands in brackets"] == (
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0]
    )
    assert values["how far into the sentence it is"][-3:] == [11, 0, 1]


def test_a_mark_that_is_never_closed_quotes_nothing():
    tokens = ["a", '"'] + ["b"] * 400
    names = [it.name for it in properties_of(tokens)]
    assert "whether it stands in quotation marks" not in names


def test_a_text_that_changes_its_topic_is_at_one_and_then_at_the_other():
    first, second = ["river", "water", "lake", "of"], ["stock", "market", "bank", "of"]
    tokens = first * 40 + second * 40 + first * 40
    about_water = np.array([token in first[:3] for token in tokens])
    vectors = np.where(about_water[:, None], [1.0, 0.2, 0.1], [-0.5, 0.3, 0.2])
    vectors += np.random.default_rng(5).normal(scale=0.3, size=vectors.shape)
    topic = properties_of(tokens, vectors.astype(np.float32))[-1]
    assert topic.name == "which topic the text is at"
    late = slice(120, 160), slice(280, 320), slice(440, 480)  # where each part ends
    ends = [topic.values[it].mean() for it in late]
    assert ends[0] * ends[1] < 0 < ends[0] * ends[2]
    assert "topic" not in " ".join(it.name for it in properties_of(tokens))
