"""The live prompt with its keys, without a terminal and in a real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from app.language.network import Network
from app.suggestion.composing import Composer, Line
from app.suggestion.live import LivePrompt
from app.suggestion.predictor import Predictor
from app.text.tokenizer import Tokenizer
from tests.tiny import (
    tiny_architecture,
    tiny_vocabulary,
    tiny_weights,
    write_tiny_model,
)

TAB, RIGHT, LEFT, CTRL_RIGHT = "\t", "\x1b[C", "\x1b[D", "\x1b[1;5C"
ALT_2, ENTER, UNDO = "\x1b2", "\r", "\x1f"
CTRL_C, CTRL_D = "\x03", "\x04"


def composer() -> Composer:
    architecture = tiny_architecture()
    network = Network(architecture, tiny_weights(architecture))
    return Composer(Predictor(tiny_vocabulary(), Tokenizer(), network), 5)


def typed(keys: str) -> list[str]:
    """The lines that a person gets who presses these keys and then Ctrl-D."""
    with create_pipe_input() as pipe:
        pipe.send_text(keys + CTRL_D)
        with create_app_session(input=pipe, output=DummyOutput()):
            return list(LivePrompt(composer()).lines())


def offered(text: str) -> list[str]:
    view = composer().show(Line(text, len(text)))
    return [it.word for it in view.choices]


@pytest.mark.parametrize("key", [TAB, RIGHT, CTRL_RIGHT])
def test_a_key_takes_the_grey_word(key):
    assert typed(f"in Lon{key}now{ENTER}") == ["in London now"]


def test_a_number_picks_from_the_list():
    second = offered("the c")[1]
    assert typed(f"the c{ALT_2}{ENTER}") == [f"the {second} "]


def test_a_mark_stands_right_behind_a_taken_word():
    assert typed(f"in Lon{TAB}, in Par{TAB}.{ENTER}") == ["in London, in Paris."]
    assert typed(f"in London .{ENTER}") == ["in London ."]  # a space that was typed


def test_a_blank_is_filled():
    best = offered("The c___ sat .")[0]
    assert typed(f"The c___ sat .{TAB}{ENTER}") == [f"The {best} sat ."]


def test_taking_a_word_can_be_undone():
    assert typed(f"in Lon{TAB}{UNDO}{ENTER}") == ["in Lon"]


def test_inside_the_text_right_only_moves():
    assert typed(f"Lon in{LEFT * 3}{RIGHT}s{ENTER}") == ["Lon sin"]


def test_what_cannot_be_suggested_for_does_no_harm():
    many = "a ___ " * 21
    assert typed(f"{many}{TAB}x{ENTER}") == [many + "x"]


def test_letters_of_any_kind_are_taken():
    text = "東京 שלום 🙂 e\u0301"
    assert typed(f"{text}{ENTER}") == [text]


def test_ctrl_c_ends_it_all():
    with pytest.raises(KeyboardInterrupt):
        typed(f"the cat{CTRL_C}")


def screen(name: str) -> str:
    done = subprocess.run(
        ["tmux", "-L", name, "capture-pane", "-p"], capture_output=True, text=True
    )
    return done.stdout


def wait_for(name: str, text: str) -> str:
    deadline = time.monotonic() + 60
    while text not in (shown := screen(name)):
        assert time.monotonic() < deadline, f"{text!r} never came:\n{shown}"
        time.sleep(0.1)
    return shown


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_terminal_shows_the_grey_word_and_the_list(tmp_path):
    """A real terminal of 60 columns."""
    write_tiny_model(tmp_path / "models" / "tiny")
    name, predict = f"nextword-{os.getpid()}", Path("predict.py").absolute()
    command = f"cd {tmp_path} && LC_ALL=C.UTF-8 {sys.executable} {predict}; sleep 60"

    def tmux(*arguments: str) -> None:
        subprocess.run(["tmux", "-L", name, *arguments], check=True)

    tmux("-f", "/dev/null", "new-session", "-d", "-x", "60", "-y", "20", command)
    try:
        wait_for(name, "\n> ")
        tmux("send-keys", "in Lon")
        shown = wait_for(name, "> in London")
        assert "  1  London  100.0 %" in shown
        tmux("send-keys", "Escape")
        wait_for(name, "> in Lon\n")
        tmux("send-keys", "d")
        wait_for(name, "> in London")
        tmux("send-keys", "Tab")
        tmux("send-keys", ".", "Enter")
        wait_for(name, "> in London.\n> ")
        tmux("send-keys", "Up")  # the history
        wait_for(name, "> in London.\n> in London.")
        tmux("send-keys", "C-u", "zzz ___", "Left")  # nothing of it is known
        shown = wait_for(name, "> zzz ___")
        assert "vocabulary" not in shown
        tmux("send-keys", "C-d")
    finally:
        tmux("kill-server")
