"""Who may ask, and what goes with every answer."""

import socket

import httpx
import pytest

from app.errors import UserError
from app.settings import Limits, ServeSettings
from tests.serving.server.running import Server

TOKEN = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def locked(model_path):
    with Server(model_path, "--token", TOKEN) as running:
        yield running


def test_every_answer_forbids_what_the_page_does_not_need(server):
    for path in ("/", "/api/models", "/nothing", "/healthz"):
        headers = server.client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("host", ["evil.example", "", "127.0.0.1.evil.example", "["])
def test_a_name_that_is_not_the_servers_own_is_refused(server, host):
    response = server.client.get("/api/models", headers={"Host": host})
    assert response.status_code == 400
    assert "--allow-host" in response.json()["error"]


def test_every_name_of_this_machine_is_known(server):
    for name in ("localhost", "127.0.0.1", "LOCALHOST", "[::1]"):
        host = {"Host": f"{name}:{server.port}"}
        assert server.client.get("/api/models", headers=host).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://[",
        "",
    ],
)
def test_a_page_of_another_origin_is_refused(server, origin):
    response = server.client.post(
        "/api/complete", json={"text": "a"}, headers={"Origin": origin}
    )
    assert response.status_code == 403


def test_its_own_page_may_ask(server):
    origin = {"Origin": server.address}
    response = server.client.post("/api/complete", json={"text": "a"}, headers=origin)
    assert response.status_code == 200


def test_a_page_that_was_named_may_ask_and_its_browser_is_told_so(model_path):
    page = "https://notes.example"
    with Server(model_path, "--allow-origin", page) as server:
        asked = {"Origin": page, "Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "content-type"
        preflight = server.client.options("/api/complete", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == page
        answer = server.client.post(
            "/api/complete", json={"text": "a"}, headers={"Origin": page}
        )
        assert answer.headers["access-control-allow-origin"] == page
        other = {"Origin": "https://evil.example"}
        assert server.client.get("/api/models", headers=other).status_code == 403


def test_a_browser_asks_without_the_token_whether_a_page_may_send_it(model_path):
    page, given = "https://notes.example", ("--token", TOKEN)
    with Server(model_path, "--allow-origin", page, *given) as server:
        asked = {"Origin": page, "Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "authorization,content-type"
        preflight = server.client.options("/api/complete", headers=asked)
        assert preflight.status_code == 200
        headers = {"Origin": page, "Authorization": f"Bearer {TOKEN}"}
        answer = server.client.get("/api/models", headers=headers)
        assert answer.headers["access-control-allow-origin"] == page
        other = {**asked, "Origin": "https://evil.example"}
        assert server.client.options("/api/models", headers=other).status_code == 403


def test_who_does_not_know_the_token_gets_nothing_but_the_page(locked):
    for path in ("/api/models", "/metrics", "/openapi.json"):
        response = locked.client.get(path)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
    assert locked.client.get("/healthz").status_code == 200
    assert locked.client.get("/").status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer wrong",
        "Bearer",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN}x",
        "Bearer é",
    ],
)
def test_a_wrong_token_is_none(locked, authorization):
    headers = {"Authorization": authorization.encode("utf-8")}
    assert locked.client.get("/api/models", headers=headers).status_code == 401


def test_a_program_sends_the_token_and_a_browser_keeps_it(locked):
    bearer = {"Authorization": f"bearer {TOKEN}"}
    assert locked.client.get("/api/models", headers=bearer).status_code == 200
    with httpx.Client(base_url=locked.address) as browser:
        welcome = browser.get("/", params={"token": TOKEN})
        assert (welcome.status_code, welcome.headers["location"]) == (303, "/")
        cookie = welcome.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie
        assert browser.get("/api/models").status_code == 200
        assert browser.get("/", params={"token": "wrong"}).status_code == 200
    assert locked.client.get("/api/models").status_code == 401


def test_cookies_of_other_servers_do_not_hide_the_token(locked):
    for other in ('other={"a": "b c"}', "a[]=1", "x"):
        headers = {"Cookie": f"{other}; nextword_token={TOKEN}"}
        assert locked.client.get("/api/models", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "0.0.0.0"}, "--token"),
        ({"host": "192.168.0.7"}, "--token"),
        ({"token": "short"}, "16 characters"),
        ({"token": "with space in the middle"}, "16 characters"),
        ({"port": 70000}, "0 to 65535"),
        ({"allow_origin": "example.org"}, "https://example.org"),
        ({"allow_origin": "https://example.org/notes"}, "https://example.org"),
        ({"limits": "rows"}, "NAME=VALUE"),
        ({"limits": "rwos=3"}, "The limits are body_bytes"),
        ({"limits": "rows=0"}, "at least 1"),
    ],
)
def test_what_would_not_work_or_not_be_safe_is_refused(settings, said):
    with pytest.raises(UserError, match=said):
        ServeSettings(**settings)


def test_the_token_may_come_from_where_no_other_user_sees_it(monkeypatch):
    monkeypatch.setenv("NEXTWORD_TOKEN", TOKEN)
    assert ServeSettings(host="0.0.0.0").secret == TOKEN
    monkeypatch.setenv("NEXTWORD_TOKEN", "short")
    with pytest.raises(UserError, match="NEXTWORD_TOKEN"):
        ServeSettings()


def has_ipv6():
    """Whether ::1 is this machine; it is not in every container."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("flags", "here", "elsewhere"),
    [
        (("--host", "0.0.0.0"), "127.0.0.1", socket.gethostname()),
        pytest.param(
            ("--host", "::"),
            "[::1]",
            socket.gethostname(),
            marks=pytest.mark.skipif(
                not has_ipv6(), reason="this machine is not known as ::1"
            ),
        ),
        (("--host", "0.0.0.0", "--allow-host", "desk.lan"), "127.0.0.1", "desk.lan"),
    ],
)
def test_a_server_of_every_address_tells_one_that_can_be_opened(
    model_path, flags, here, elsewhere
):
    """No browser needs to open http://0.0.0.0:8000/."""
    with Server(model_path, *flags, "--token", TOKEN) as server:
        assert server.address == f"http://{here}:{server.port}"
        assert server.client.get("/healthz").status_code == 200
        told = f"http://{elsewhere}:{server.port}/?token={TOKEN}"
        assert server.process.stdout.readline() == f"On other devices: {told}\n"


def test_limits_are_the_usual_ones_but_for_those_given():
    assert ServeSettings(limits="rows=3, seconds=1").server_limits == Limits(
        rows=3, seconds=1
    )
    assert ServeSettings(allow_origin="HTTPS://A.b").origins == ("https://a.b",)
    assert ServeSettings(host="::1").is_local
    assert ServeSettings(host="localhost").is_local
