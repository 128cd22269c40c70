"""Networks learn the generated language, small and for real."""

import json

import pytest

from app.__main__ import main
from app.evaluation.distance.generated import CHANCE
from app.language.budget import TOLERANCE, num_own_parameters
from app.run.recalling import Course, architecture_of, recall
from app.settings.distance import KINDS, STEPS, UNITS

COURSE = Course(units=16, steps=40, distances=(2, 8))


def learned(kind, seed, course=COURSE):
    found = recall(kind, seed, course, lambda done, remark="": None)
    return {name: it for name, it in found.items() if name != "seconds"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("units", [UNITS, 48, 64])
def test_every_kind_is_as_large_as_the_lstm(kind, units):
    course = Course(units, STEPS, (2, 100))
    wanted = num_own_parameters(architecture_of("lstm", course))
    found = num_own_parameters(architecture_of(kind, course))
    assert abs(found - wanted) <= TOLERANCE * wanted


def test_an_attention_reaches_over_the_whole_text():
    course = Course(UNITS, 1, (2, 50))
    architecture = architecture_of("attention", course)
    assert architecture.attention_length == 2 * course.pairs + 1 > 50


@pytest.mark.slow
def test_the_same_seed_learns_the_same_and_another_seed_something_else():
    first, again, other = (learned("gru", seed) for seed in (0, 0, 1))
    assert first == again
    assert first["gradient_after"] != other["gradient_after"]


@pytest.mark.slow
def test_what_was_said_last_is_learned_and_its_gradient_is_measured():
    found = learned("lstm", 0, Course(units=16, steps=250, distances=(2, 8)))
    assert found["accuracy"][0] > 3 * CHANCE
    assert len(found["gradient_before"]) == 8
    assert found["gradient_before"][0] == 1
    assert found["gradient_before"][-1] < found["gradient_before"][1]


@pytest.mark.slow
def test_the_command_writes_a_page_and_goes_on_where_it_was(tmp_path, capsys):
    command = ["distance", "--kinds", "rnn", "--steps", "3", "--units", "16"]
    command += ["--distances", "2,4", "--to", str(tmp_path), "--json"]
    assert main([*command, "--seeds", "1"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert main([*command, "--seeds", "2"]) == 0
    kept, other = json.loads(capsys.readouterr().out)["runs"]
    assert kept == run
    assert other["seed"] == 1
    assert (tmp_path / "distance.html").is_file()
    assert main([*command, "--steps", "4"]) == 2
    assert "holds results of other settings (steps)" in capsys.readouterr().err
