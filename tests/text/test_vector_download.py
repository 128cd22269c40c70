"""`gensim:NAME` from a server on this machine that lies where told to."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import threading
from pathlib import Path

import pytest

from app.errors import UserError
from app.text import vector_download
from app.text.tokenizer import Tokenizer
from app.text.vectors import read_vectors
from app.text.vocabulary import Vocabulary
from tests.texts import counts_of

DATA = gzip.compress(b"2 3\nthe 1 2 3\ncat 4 5 6\n", mtime=0)
VOCABULARY = Vocabulary.build(
    counts_of([["the cat sat".split()]]), Tokenizer(), size=99
)


class Server:
    """Serves a dictionary of paths; remembers what it was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                data = outer.files.get(self.path)
                self.send_response(404 if data is None else 200)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *arguments):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()

    def publish(self, name: str, *parts: bytes, **entry) -> None:
        for i, part in enumerate(parts):
            ending = f"_0{i}" if len(parts) > 1 else ""
            self.files[f"/releases/{name}/{name}.gz{ending}"] = part
            key = f"checksum-{i}" if len(parts) > 1 else "checksum"
            entry.setdefault(key, hashlib.md5(part).hexdigest())
        self.files[f"/releases/{name}/__init__.py"] = b"raise SystemExit('run')"
        entry = {"parts": len(parts), "file_name": f"{name}.gz", **entry}
        models = {name: entry}
        catalogue = {"corpora": {}, "models": {**models, "__testing": {"parts": 1}}}
        self.files["/list.json"] = json.dumps(catalogue).encode()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(vector_download, "CATALOGUE", server.address + "/list.json")
    monkeypatch.setattr(vector_download, "RELEASES", server.address + "/releases")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield server
    server.close()


def read(name: str, folder: Path):
    return read_vectors(f"gensim:{name}", VOCABULARY, seed=0, store=folder)


@pytest.mark.parametrize("parts", [(DATA,), (DATA[:20], DATA[20:])])
def test_the_data_file_alone_is_fetched_checked_and_kept(server, tmp_path, parts):
    server.publish("tiny-25", *parts)
    vectors = read("tiny-25", tmp_path / "embeddings")
    assert vectors.matrix[VOCABULARY.encode(["cat"])[0]].tolist() == [4, 5, 6]
    assert not [path for path in server.asked if path.endswith(".py")]
    num_asked = len(server.asked)
    assert num_asked == 1 + len(parts)
    read("tiny-25", tmp_path / "embeddings")
    assert len(server.asked) == num_asked  # nothing is fetched twice
    kept = tmp_path / "embeddings" / "gensim-tiny-25.gz"
    assert kept.read_bytes() == DATA


def refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(name, tmp_path / "embeddings")
    left = tmp_path / "embeddings"
    assert not left.exists() or not list(left.iterdir())


def test_a_wrong_checksum_leaves_nothing(server, tmp_path):
    server.publish("tiny", DATA, checksum="0" * 32)
    refused(tmp_path, "tiny", "has MD5 .* gensim's list says 0000.* Try again")


def test_a_download_cut_short_leaves_nothing(server, tmp_path):
    server.publish("tiny", DATA)
    server.files["/releases/tiny/tiny.gz"] = DATA[:9]
    refused(tmp_path, "tiny", r"what came \(9 bytes\) has MD5")


def test_a_missing_file_or_list_is_told_with_its_address(server, tmp_path):
    refused(tmp_path, "tiny", "list.json: cannot be fetched: HTTP Error 404")
    server.publish("tiny", DATA)
    del server.files["/releases/tiny/tiny.gz"]
    refused(tmp_path, "tiny", "tiny.gz: cannot be fetched: HTTP Error 404")
    server.files["/list.json"] = b"<html>"
    refused(tmp_path, "tiny", "is not gensim's list of vectors")


def test_an_unknown_name_is_told_with_the_known_ones(server, tmp_path):
    server.publish("tiny", DATA)
    refused(tmp_path, "giant", "no such vectors. It has: tiny.")


def test_vectors_without_a_checksum_are_refused(server, tmp_path):
    server.publish("tiny", DATA, checksum=None)
    refused(tmp_path, "tiny", "has no checksum for it")


@pytest.mark.parametrize("parts", [0, -1, 10**12, "two", None])
def test_an_absurd_number_of_parts_is_refused(server, tmp_path, parts):
    server.publish("tiny", DATA, parts=parts)
    refused(tmp_path, "tiny", "says that it has .* parts")


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "a" * 200, "a b"])
def test_a_name_that_is_none_asks_nobody(server, tmp_path, name):
    refused(tmp_path, name, "is no name")
    assert server.asked == []


def test_no_server_is_told_with_the_cure(server, tmp_path, monkeypatch):
    monkeypatch.setattr(vector_download, "CATALOGUE", "http://127.0.0.1:9/list.json")
    refused(tmp_path, "tiny", "cannot be fetched: .* Check the connection")
