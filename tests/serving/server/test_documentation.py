"""The page about the API says what is true, and nobody is shut out of it."""

import html
import json
import re
import shlex

import httpx
import pytest
from websockets.sync.client import connect

from app.settings import Limits
from tests.serving.server.running import Server

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def server(model_path, tmp_path_factory):
    """Has all that the page tells of: a memory, too."""
    memory = tmp_path_factory.mktemp("memory") / "memory.json"
    with Server(model_path, "--memory", memory) as running:
        yield running


@pytest.fixture(scope="module")
def page(server) -> str:
    return server.client.get("/docs").raise_for_status().text


@pytest.fixture(scope="module")
def description(server) -> dict:
    return server.client.get("/openapi.json").raise_for_status().json()


def shown(page: str) -> str:
    """What a person reads, in one line."""
    body = page[page.index("<body") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def examples(page: str) -> list[list[str]]:
    """The command lines."""
    found = re.findall(r'<pre class="example"><code>(curl .*?)</code>', page)
    return [shlex.split(html.unescape(it)) for it in found]


def ask(line: list[str], **more: str) -> httpx.Response:
    """What the command line would do."""
    command, address, *options = line
    assert command == "curl"
    pairs = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for flag, value in pairs if flag == "-H")
    headers = {name: more.get(name, value) for name, value in headers.items()}
    body = [value for flag, value in pairs if flag == "-d"]
    method = "POST" if body else "GET"
    content = body[0].encode() if body else None
    return httpx.request(method, address, headers=headers, content=content, timeout=60)


def test_every_route_is_told_with_its_fields_and_its_errors(page, description):
    articles = dict(re.findall(r'<article id="([^"]+)".*?>(.*?)</article>', page, re.S))
    routes = [
        (method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(articles) == len(routes) >= 10
    for method, path, operation in routes:
        [article] = [
            it
            for it in articles.values()
            if f'<span class="method">{method.upper()}</span> <code>{path}</code>' in it
        ]
        assert html.escape(operation["description"]) in article.replace(
            "&#39;", "&#x27;"
        )
        for status in set(operation["responses"]) - {"200"}:
            assert status in article
        body = operation.get("requestBody", {}).get("content", {})
        for name in properties(body, description):
            assert f"<code>{name}</code>" in article
        for name in properties(operation["responses"]["200"]["content"], description):
            assert f"<code>{name}</code>" in article


def properties(content: dict, description: dict) -> set[str]:
    """The fields of a body."""
    found = set()
    for media in content.values():
        schema = media["schema"]
        if "$ref" in schema:
            *_, name = schema["$ref"].split("/")
            schema = description["components"]["schemas"][name]
        found |= set(schema.get("properties", {}))
    return found


def test_every_example_is_answered(page, description):
    lines = examples(page)
    assert len(lines) == sum(map(len, description["paths"].values()))
    for line in lines:
        answer = ask(line)
        assert answer.status_code == 200, (line, answer.text)


def test_the_examples_of_a_session_are_answered_as_told(server, page):
    [lines] = re.findall(r'<pre class="example"><code>({.*?)</code>', page, re.S)
    messages = html.unescape(lines).splitlines()
    told = shown(page)
    address = re.search(r"at (ws://\S+/api/session) \.", told)[1]
    with connect(address) as socket:
        for message in messages:
            socket.send(message)
            answer = json.loads(socket.recv(timeout=30))
            assert answer["id"] == json.loads(message)["id"]
            assert set(answer) == {"id", "suggestions", "begin", "end", "model"}
            assert all(f"{name}" in told for name in answer)
        socket.send('{"id": 9, "edit": [99, 100, ""]}')
        assert "error" in json.loads(socket.recv(timeout=30))
        socket.send('{"id": 10, "edit": [0, 0, "a"]}')
        assert "Send all of it" in json.loads(socket.recv(timeout=30))["error"]


def test_a_session_of_another_origin_is_refused_as_told(server, page):
    address = f"{server.address.replace('http', 'ws', 1)}/api/session"
    with pytest.raises(Exception, match="403"):
        connect(address, origin="https://example.org")
    assert "403 instead of a session" in shown(page)


def test_limits_are_those_of_the_server(model_path):
    with Server(model_path, "--limits", "rows=7,waiting=9999") as server:
        told = shown(server.client.get("/docs").text)
    assert "rows 7 texts in one request" in told
    assert "waiting 9,999 requests that wait" in told
    assert f"seconds {Limits().seconds} seconds until an answer" in told


def test_with_a_token_the_page_needs_it_and_its_examples_send_it(model_path):
    with Server(model_path, "--token", TOKEN) as server:
        assert server.client.get("/docs").status_code == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        page = server.client.get("/docs", headers=headers).raise_for_status().text
        assert TOKEN not in page
        line = next(it for it in examples(page) if it[1].endswith("/api/complete"))
        assert ask(line).status_code == 401
        assert ask(line, Authorization=f"Bearer {TOKEN}").status_code == 200


def test_pages_that_load_scripts_from_elsewhere_are_off(server):
    assert server.client.get("/redoc").status_code == 404
    policy = server.client.get("/docs").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy


def test_the_name_under_which_it_is_asked_stays_text(model_path):
    odd = '"><script>alert(1)</script>'
    with Server(model_path, "--host", "127.0.0.1") as server:
        found = server.client.get("/docs", headers={"Host": f"localhost:80{odd}"})
    assert "<script" not in found.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_nobody_is_shut_out_and_nothing_is_asked_for(open_page, server, scheme, width):
    address = f"{server.address}/docs"
    visit = open_page(address, color_scheme=scheme, width=width)
    assert visit.requests == [address]
    assert visit.violations() == []
    assert visit.overflow() <= 0


def test_every_entry_of_the_contents_leads_somewhere(open_page, server):
    page = open_page(f"{server.address}/docs").page
    links = page.eval_on_selector_all("nav a", "all => all.map(it => it.hash.slice(1))")
    assert len(links) >= 12
    for link in links:
        assert page.query_selector(f"[id='{link}']") is not None
