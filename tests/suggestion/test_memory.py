"""The personal memory holds what was accepted, nothing else, and forgets when told."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.suggestion.memory import HALF_LIFE, Memory
from app.suggestion.memory_file import changing, load_memory, save_memory

ROOT = Path(__file__).parents[2]
tokens = st.lists(st.sampled_from("a b c d e f The the . é İ \ud800".split()))


def memory_of(*texts: str) -> Memory:
    memory = Memory()
    for text in texts:
        memory.accept(text.split())
    return memory


def counts(memory: Memory) -> dict[str, float]:
    return {word.written: count for word, count in memory.ranked()}


def links(memory: Memory) -> dict[str, dict[str, float]]:
    return {
        word.written: dict(memory.following(word))
        for word, _ in memory.ranked()
        if word.following
    }


def test_what_is_accepted_is_counted_and_linked():
    memory = memory_of("the cat saw the dog", "Grosvenor Square")
    assert counts(memory) == pytest.approx(
        {"the": 2, "cat": 1, "saw": 1, "dog": 1, "Grosvenor": 1, "Square": 1}, rel=1e-3
    )
    assert links(memory)["the"] == pytest.approx({"cat": 1, "dog": 1}, rel=1e-3)
    assert links(memory)["Grosvenor"] == {"Square": 1}


def test_what_was_typed_between_two_accepted_words_links_nothing():
    memory = memory_of("the", "cat")
    assert links(memory) == {}
    memory.accept(["sat"], follows=True)
    assert links(memory) == {"cat": {"sat": 1}}


def test_case_is_one_word_as_it_was_written_last():
    memory = memory_of("paris is", "Paris IS")
    assert counts(memory).keys() == {"Paris", "IS"}
    assert [word.written for word, _ in memory.search("PAR")] == ["Paris"]


def test_counts_halve_with_age():
    memory = memory_of("old")
    memory.accept(["new"] * HALF_LIFE)
    assert counts(memory)["old"] == pytest.approx(0.5)
    memory.accept(["old"])
    assert counts(memory)["old"] == pytest.approx(1.5, rel=1e-3)


def test_a_forgotten_word_leaves_no_trace(tmp_path):
    memory = memory_of("my secret is safe", "the secret", "Secret")
    assert memory.forget("SECRET") and not memory.forget("secret")
    assert "secret" not in json.dumps(links(memory)) + json.dumps(counts(memory))
    save_memory(memory, tmp_path / "memory.json")
    assert b"ecret" not in (tmp_path / "memory.json").read_bytes()
    memory.accept(["again"], follows=True)  # what it follows is not known any more
    assert "again" not in str(links(memory))


def test_everything_can_be_forgotten():
    memory = memory_of("the cat", "sat")
    memory.clear()
    assert (memory.accepted, memory.num_entries, memory.ranked()) == (0, 0, [])


def test_there_is_no_more_than_there_is_room_for():
    memory = Memory(most_entries=50)
    for number in range(400):
        memory.accept(["often", f"word{number}", f"other{number}"])
        assert memory.num_entries <= 50
    kept = counts(memory)
    assert max(kept, key=kept.__getitem__) == "often"
    assert "word399" in kept and "word0" not in kept
    known = set(memory.words)
    assert all(it.following.keys() <= known for it in memory.words.values())


@settings(max_examples=50)
@given(st.lists(st.tuples(tokens, st.booleans()), max_size=20), st.integers(1, 12))
def test_any_text_is_remembered_within_bounds_and_stored(texts, room):
    memory = Memory(most_entries=room)
    for text, follows in texts:
        memory.accept(text, follows=follows)
        assert memory.num_entries <= room
        for word in memory.words.values():
            assert word.following.keys() <= memory.words.keys()
            assert word.count.at(memory.accepted) >= 0


@given(st.lists(tokens, max_size=8))
def test_a_stored_memory_is_the_same_when_it_is_read(texts):
    import tempfile

    memory = Memory()
    for text in texts:
        memory.accept([token for token in text if token != "\ud800"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.json"
        save_memory(memory, path)
        again = load_memory(path)
    assert again.accepted == memory.accepted
    assert counts(again) == pytest.approx(counts(memory), abs=1e-5)
    assert links(again).keys() == links(memory).keys()


def test_two_memories_become_one():
    mine, other = memory_of("the cat"), memory_of("the dog", "Paris")
    mine.merge(other)
    assert counts(mine) == pytest.approx(
        {"the": 2, "cat": 1, "dog": 1, "Paris": 1}, rel=1e-3
    )
    assert links(mine)["the"] == pytest.approx({"cat": 1, "dog": 1}, rel=1e-3)


def test_the_file_is_readable_and_only_for_its_owner(tmp_path):
    path = tmp_path / "memory.json"
    with changing(path) as memory:
        memory.accept(["Élan", "vital"])
    assert '"written": "Élan"' in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"
    assert [it.name for it in tmp_path.iterdir()] == ["memory.json"]


def test_a_change_that_fails_changes_nothing(tmp_path):
    path = tmp_path / "memory.json"
    with changing(path) as memory:
        memory.accept(["kept"])
    before = path.read_bytes()
    with pytest.raises(RuntimeError), changing(path) as memory:
        memory.clear()
        raise RuntimeError
    assert path.read_bytes() == before
    assert [it.name for it in tmp_path.iterdir()] == ["memory.json"]


GOOD = {
    "format": "nextword memory 1",
    "accepted": 3,
    "words": {"a": {"written": "a", "count": [1, 3], "following": {}}},
}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no memory, or damaged"),
        (b"{", "no memory, or damaged"),
        (b"\xff\xfe", "no memory, or damaged"),
        (b"[" * 100_000, "no memory, or damaged"),
        ([], "does not say"),
        ({**GOOD, "format": "nextword memory 2"}, "does not say"),
        ({**GOOD, "accepted": -1}, "-1 is no whole number"),
        ({**GOOD, "accepted": True}, "True is no whole number"),
        ({**GOOD, "accepted": 2}, "3 is more than the 2 tokens"),
        ({"format": GOOD["format"], "accepted": 3}, "'words' is missing"),
        ({**GOOD, "words": []}, "built in another way"),
        ({**GOOD, "words": {"a": 3}}, "built in another way"),
        ({**GOOD, "words": {"a": {"written": "a", "count": 1}}}, "is missing"),
        ({"a": {"written": 1}}, "does not say"),
    ],
)
def test_a_damaged_file_is_refused_with_the_cure_and_left_alone(
    tmp_path, content, message
):
    path = tmp_path / "memory.json"
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{message}.*remove the file"):
        with changing(path):
            pytest.fail("a damaged memory was read")
    assert path.read_bytes() == content


@pytest.mark.parametrize("count", [["x", 1], [-1, 1], [float("inf"), 1], [True, 1]])
def test_a_count_that_is_none_is_refused(tmp_path, count):
    words = {"a": {"written": "a", "count": count, "following": {}}}
    path = tmp_path / "memory.json"
    path.write_text(json.dumps({**GOOD, "words": words}))
    with pytest.raises(UserError, match="is no count"):
        load_memory(path)


def test_a_link_to_a_word_that_is_missing_is_refused(tmp_path):
    words = {"a": {"written": "a", "count": [1, 3], "following": {"b": [1, 3]}}}
    path = tmp_path / "memory.json"
    path.write_text(json.dumps({**GOOD, "words": words}))
    with pytest.raises(UserError, match="'b' follows one and is missing"):
        load_memory(path)


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    with pytest.raises(UserError, match="is a folder"):
        load_memory(tmp_path)
    with pytest.raises(UserError, match="there is no folder"):
        with changing(tmp_path / "nowhere" / "memory.json"):
            pytest.fail("there is no such folder")


def test_two_processes_that_learn_at_once_lose_nothing(tmp_path):
    path = tmp_path / "memory.json"
    source = (
        "import sys\n"
        "from pathlib import Path\n"
        "from app.suggestion.memory_file import changing\n"
        "for number in range(20):\n"
        "    with changing(Path(sys.argv[1])) as memory:\n"
        "        memory.accept([sys.argv[2], f'{sys.argv[2]}{number}'])\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", source, path, name], cwd=ROOT)
        for name in ("mine", "other")
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    memory = load_memory(path)
    assert memory.accepted == 80
    assert counts(memory)["mine"] == pytest.approx(20, rel=0.01)
    assert len(memory.words) == 42
    assert [it.name for it in tmp_path.iterdir()] == ["memory.json"]
