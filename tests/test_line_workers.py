"""Lines are answered by several processes as if it were one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.line_workers import can_share_out
from app.settings import num_processors
from tests.tiny import write_tiny_model

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not can_share_out(), reason="needs os.fork")

# A process of its own: this one has TensorFlow's threads, which a fork lacks.
PROGRAM = """
import os, sys, time
from app.console import run
from app.line_workers import share_out
def work(lines, write):
    status = 0
    for number, line in lines:
        {answer}
        status = 2 * ("bad" in line) or status
    return status
lines = ((n, line.rstrip("\\n")) for n, line in enumerate(sys.stdin, 1))
write = lambda answer: print(answer, flush=True)
sys.exit(run(lambda: share_out(lines, work, write, 3)))
"""


@contextlib.contextmanager
def program(answer: str = "write(f'{number} {line}')") -> Iterator[subprocess.Popen]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(answer=answer)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        yield process


def ask(lines: list[str], answer: str = "write(f'{number} {line}')"):
    with program(answer) as process:
        text = "".join(f"{it}\n" for it in lines)
        out, err = process.communicate(text.encode(), 60)
    return out.decode().splitlines(), err.decode(), process.returncode


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 10_000])
def test_answers_come_in_the_order_of_the_lines(count):
    lines = [f"line {i} é\ttab" for i in range(count)]
    out, err, status = ask(lines)
    assert out == [f"{i} {line}" for i, line in enumerate(lines, 1)]
    assert (err, status) == ("", 0)


def test_a_slow_answer_keeps_its_place():
    out, _, _ = ask([*"abcdefg"], "time.sleep(0.3 * (line == 'a')); write(line)")
    assert out == [*"abcdefg"]


def test_long_lines_do_not_block():
    lines = [letter * 300_000 for letter in "abcdefghij"]
    assert ask(lines, "write(line)")[0] == lines


def test_the_largest_status_is_that_of_all():
    assert ask(["good", "bad", "good", "good"])[2] == 2
    assert ask(["good"] * 4)[2] == 0


def test_an_answer_does_not_wait_for_the_next_line():
    with program() as process:
        for line in ("one", "two"):
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
            assert line in process.stdout.readline().decode()
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_worker_that_is_killed_is_told():
    out, err, status = ask(
        ["a", "die", "c"], "line == 'die' and os.kill(os.getpid(), 9); write(line)"
    )
    assert out == ["a"] and status == 2
    assert "was ended by signal 9" in err and "Traceback" not in err


def test_a_mistake_of_the_program_keeps_its_traceback():
    _, err, status = ask(["a", "b"], "raise ZeroDivisionError")
    assert "ZeroDivisionError" in err and status == 1


@pytest.mark.parametrize("whom", ["the first process", "all of them"])
def test_ctrl_c_ends_everything_at_once(whom):
    with program("write(line); time.sleep(60)") as process:
        process.stdin.write(b"a\n" * 9)
        process.stdin.flush()
        process.stdout.readline()
        began = time.perf_counter()
        if whom == "all of them":  # as a terminal does
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")
    assert time.perf_counter() - began < 20
    with pytest.raises(ProcessLookupError):  # nobody is left of the group
        os.killpg(process.pid, 0)


def test_a_reader_who_leaves_ends_everything(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.format(answer="write(line)"))
    command = f"yes | '{sys.executable}' '{script}' | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command + '; echo "${PIPESTATUS[1]}"'],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("y\n0\n", "")


def test_what_the_taker_raises_is_raised():
    source = PROGRAM.format(answer="write(line)").replace(
        "write = lambda answer: print(answer, flush=True)",
        "from app.errors import UserError\n"
        "def write(answer): raise UserError(f'I do not want {answer}.')",
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT,
        input="a\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: I do not want a.\n"


@pytest.mark.skipif(num_processors() < 2, reason="needs two processors")
def test_json_lines_are_answered_by_several_processes_as_by_one(tmp_path):
    write_tiny_model(tmp_path / "tiny")
    requests = []
    for number in range(200):
        text = f"the cat {'sat on ' * (number % 7)}___ the mat"
        requests.append(json.dumps({"text": text, "candidates": ["dog", "mat"]}))
    requests[3] = requests[50] = requests[199] = "{no json"
    command = [sys.executable, "predict.py", "--jsonl", "--model", tmp_path / "tiny"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        input="\n".join(requests),
        capture_output=True,
        text=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in io.StringIO(done.stdout)]
    assert done.returncode == 2
    assert [number for number, it in enumerate(answers) if "error" in it] == [
        3,
        50,
        199,
    ]
    assert all(f"Line {number}: " in done.stderr for number in (4, 51, 200))
    for request, answer in zip(requests, answers, strict=True):
        if "error" not in answer:
            assert json.loads(request)["text"] == answer["text"]
            assert len(answer["blanks"][0]["suggestions"]) == 2
