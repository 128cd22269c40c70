"""The personal memory of a server: learns what it is told to, and nothing else."""

import pytest

from tests.serving.server.running import Server, start_refused, words_of


@pytest.fixture
def memory_path(tmp_path):
    return tmp_path / "mine.json"


def best(server, text, **options):
    answer = server.ask("/api/complete", text=text, typing=True, **options).json()
    return words_of(answer)


def test_what_is_remembered_is_suggested_from_then_on(model_path, memory_path):
    with Server(model_path, "--memory", memory_path) as server:
        assert "Zanzibar" not in best(server, "Zan")
        for _ in range(3):
            told = server.ask("/api/remember", text="We went to Zanzibar .")
            assert told.raise_for_status().json() == {"words": 5}
        assert best(server, "Zan") == ["Zanzibar"]
        assert best(server, "Zan", memory=False) == []
        assert server.client.get("/api/models").json()["models"][0]["memory"]
    with Server(model_path, "--memory", memory_path) as server:
        assert best(server, "Zan") == ["Zanzibar"]


def test_what_is_only_asked_for_is_not_remembered(model_path, memory_path):
    with Server(model_path, "--memory", memory_path) as server:
        best(server, "We went to Zanzibar .")
    assert not memory_path.exists()


def test_a_memory_that_is_damaged_meanwhile_is_not_listened_to(model_path, memory_path):
    with Server(model_path, "--memory", memory_path) as server:
        server.ask("/api/remember", text="Zanzibar").raise_for_status()
        assert best(server, "Zan") == ["Zanzibar"]
        damaged = memory_path.read_text().replace('"Zanzibar",', "7,")
        memory_path.write_text(damaged)
        assert best(server, "Zan") == ["Zanzibar"]  # as it was before
        told = server.ask("/api/remember", text="more")
        assert told.status_code == 422
        assert "damaged" in told.json()["error"]
        assert memory_path.read_text() == damaged
        assert "damaged" in server.log
        assert "Zanzibar" not in server.log


def test_a_memory_that_could_not_be_written_is_refused_at_once(model_path, tmp_path):
    nowhere = tmp_path / "nowhere" / "mine.json"
    status, told = start_refused(model_path, "--memory", nowhere)
    assert status == 2
    assert "there is no folder" in told
