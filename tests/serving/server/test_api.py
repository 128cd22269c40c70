"""Words over HTTP: the answers are those of the predictor, mistakes are sentences."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.settings.sampling import Sampling
from tests.serving.server.running import Server, words_of

TEXTS = ["The cat", "", "I do n't", "clouds in the sky . He", "a b c d e f g", "café"]


def likely(blanks):
    """Words and rounded probabilities, to compare."""
    return [
        [(it["word"], round(it["probability"], 6)) for it in blank["suggestions"]]
        for blank in blanks
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_the_next_words_are_those_of_the_predictor(server, predictor, text):
    answer = server.ask("/api/complete", text=text).raise_for_status().json()
    assert answer["text"] == text
    assert answer["model"] == {"name": "tiny", "version": 1}
    assert likely(answer["blanks"]) == likely(predictor.complete(text)["blanks"])


@pytest.mark.parametrize(
    "options",
    [
        {"typing": True, "top": 3},
        {"words": 3, "confidence": 0.0, "top": 2},
        {"confidence": 0.05},
        {"typing": True, "forgiving": True},
    ],
)
def test_every_option_is_that_of_the_predictor(server, predictor, options):
    answer = server.ask("/api/complete", text="The cat is t", **options).json()
    expected = predictor.complete("The cat is t", **options)
    assert likely(answer["blanks"]) == likely(expected["blanks"])


def test_a_temperature_divides_the_logarithms(server):
    def log_ratio(temperature):
        answer = server.ask("/api/complete", text="The", temperature=temperature)
        [first, second, *_] = answer.json()["blanks"][0]["suggestions"]
        return math.log(first["probability"] / second["probability"])

    usual = log_ratio(1.0)
    assert math.isclose(log_ratio(0.5), usual / 0.5, rel_tol=1e-4)
    assert math.isclose(log_ratio(4.0), usual / 4.0, rel_tol=1e-4)


@pytest.mark.parametrize(
    "options", [{}, {"candidates": ["dog", "cat"]}, {"top": 2, "confidence": 0.01}]
)
def test_blanks_are_filled_as_by_the_predictor(server, predictor, options):
    text = "The ___ sat on the ___ ."
    answer = server.ask("/api/fill", text=text, **options).raise_for_status().json()
    expected = predictor.fill(text, **options)["blanks"]
    assert likely(answer["blanks"]) == likely(expected)
    assert [set(it) for it in answer["blanks"]] == [set(it) for it in expected]


def test_a_score_is_the_sum_of_its_tokens_and_the_end(server, predictor):
    found = server.ask("/api/score", text="The cat sat zzz").raise_for_status().json()
    assert [it["token"] for it in found["words"]] == ["The", "cat", "sat", "zzz"]
    assert [it["is_unknown"] for it in found["words"]] == [False, False, False, True]
    model, total = predictor.model, 0.0
    states = model.start(1)
    for token_id in [*predictor.vocabulary.encode(["the", "cat", "sat", "zzz"]), 3]:
        total += float(model.log_probabilities(states)[0, token_id])
        states = model.advance(states, [token_id])
    assert math.isclose(found["log_probability"], total, rel_tol=1e-5)
    assert found["tokens"] == 5
    assert math.isclose(found["perplexity"], math.exp(-total / 5), rel_tol=1e-5)


def test_the_same_seed_writes_the_same_text(server, predictor):
    asked = {"text": "The cat", "seed": 7, "words": 5, "top_k": 10}
    answers = [server.ask("/api/write", **asked).json() for _ in range(2)]
    expected = predictor.write_on("The cat", Sampling(top_k=10), seed=7, words=5)
    assert words_of(answers[0]) == words_of(answers[1]) == words_of(expected)


def test_the_models_are_described(server):
    found = server.client.get("/api/models").json()
    assert found["default"] == "tiny"
    [described] = found["models"]
    assert described["parts"] == ["network"]
    assert (described["cell"], described["units"]) == ("lstm", 6)


@pytest.mark.parametrize(
    ("path", "asked", "status", "said"),
    [
        ("/api/complete", {}, 422, "text: Field required"),
        ("/api/complete", {"text": 5}, 422, "text: Input should be a valid string"),
        ("/api/complete", {"text": "a", "top": 0}, 422, "top: "),
        ("/api/complete", {"text": "a", "top": True}, 422, "top: "),
        ("/api/complete", {"text": "a", "tpo": 5}, 422, "tpo: Extra inputs"),
        ("/api/complete", {"text": "a", "temperature": 0}, 422, "temperature: "),
        ("/api/complete", {"text": "a", "model": "no"}, 404, "There are: tiny"),
        ("/api/fill", {"text": "___"}, 422, "has a blank and no word"),
        ("/api/fill", {"text": "a ___", "candidates": []}, 422, "no candidate"),
        ("/api/write", {"text": "a ___ b"}, 422, "has a blank"),
        ("/api/remember", {"text": "a"}, 409, "--memory FILE"),
        ("/api/nothing", {}, 404, "/api/nothing"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(server, path, asked, status, said):
    response = server.ask(path, **asked)
    assert response.status_code == status
    assert said in response.json()["error"]


def test_what_is_no_json_is_told(server):
    kind = {"Content-Type": "application/json"}
    response = server.client.post("/api/complete", content=b'{"text', headers=kind)
    assert response.status_code == 422
    assert "no JSON" in response.json()["error"]


JSON = "application/json"


@pytest.mark.parametrize(
    ("path", "kind", "body", "status", "said"),
    [
        ("/api/complete", "text/plain", b'{"text": "a"}', 422, "Content-Type: " + JSON),
        ("/api/complete", JSON, b"[]", 422, "Send an object"),
        ("/api/complete", JSON, b"", 422, "no body"),
        ("/api/complete", JSON, b'{"text": a}', 422, "at character 10."),
        ("/api/complete", JSON, b'{"text": "caf\xe9"}', 400, "UTF-8"),
        ("/api/complete/", JSON, b'{"text": "a"}', 404, "/docs"),
        ("/api/models", JSON, b"{}", 405, "Ask with GET."),
    ],
)
def test_what_beginners_get_wrong_is_told_with_what_to_do(
    server, path, kind, body, status, said
):
    kinds = {"Content-Type": kind}
    response = server.client.post(path, content=body, headers=kinds)
    assert response.status_code == status
    assert said in response.json()["error"]


@pytest.mark.parametrize(
    ("limits", "path", "asked", "status"),
    [
        ("text_characters=10", "/api/complete", {"text": "x" * 11}, 422),
        ("body_bytes=50", "/api/complete", {"text": "x" * 50}, 413),
        ("candidates=2", "/api/fill", {"text": "a ___", "candidates": ["a"] * 3}, 422),
        ("blanks=2", "/api/fill", {"text": "a ___ ___ ___"}, 422),
        ("text_characters=10", "/api/fill", {"text": "a ___ ___"}, 422),
        (
            "text_characters=10",
            "/api/fill",
            {"text": "a ___", "candidates": ["x" * 6] * 2},
            422,
        ),
    ],
)
def test_a_limit_is_told_with_its_name_and_value(
    model_path, limits, path, asked, status
):
    name, _, value = limits.partition("=")
    with Server(model_path, "--limits", limits) as server:
        response = server.ask(path, **asked)
        assert response.status_code == status
        assert response.json()["limit"] == name
        assert response.json()["value"] == int(value)


def test_a_hundred_requests_at_once_are_all_answered_right(server, predictor):
    texts = [f"The {word} is" for word in ("cat", "dog", "sky", "rain") * 25]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda it: server.ask("/api/complete", text=it), texts))
    for text, answer in zip(texts, answers, strict=True):
        expected = predictor.complete(text)["blanks"]
        assert likely(answer.json()["blanks"]) == likely(expected)


def test_who_comes_when_too_many_wait_is_told_to_come_again(model_path):
    with (
        Server(model_path, "--limits", "waiting=1") as server,
        ThreadPoolExecutor(24) as pool,
    ):
        ask = {"text": "The cat " * 2000, "words": 5}
        found = list(pool.map(lambda _: server.ask("/api/complete", **ask), range(24)))
        refused = [it for it in found if it.status_code == 429]
        assert refused
        assert {it.status_code for it in found} == {200, 429}
        assert refused[0].json()["limit"] == "waiting"
        assert refused[0].headers["retry-after"] == "1"
        assert server.ask("/api/complete", text="The").status_code == 200


def test_metrics_count_requests_and_hold_no_text(server):
    server.ask("/api/complete", text="marmalade")
    told = server.client.get("/metrics").text
    assert 'nextword_requests_total{route="/api/complete",status="200"}' in told
    assert "marmalade" not in told
    assert server.client.get("/healthz").json() == {"status": "ok"}
