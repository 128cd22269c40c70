"""Results are kept one by one, for whoever goes on."""

import pytest

from app.errors import UserError
from app.run.kept import Kept


def test_what_is_kept_is_not_made_again(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"value": 0.1}

    for _ in range(2):
        kept = Kept(tmp_path / "new", {"steps": 3, "kinds": ("a", "b")})
        assert kept.result("first", make) == {"value": 0.1}
    assert made == [1]


def test_whoever_is_interrupted_keeps_what_was_finished(tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    kept = Kept(tmp_path, {})
    kept.result("first", lambda: {"value": 1})
    with pytest.raises(KeyboardInterrupt):
        kept.result("second", interrupt)
    assert Kept(tmp_path, {}).result("first", interrupt) == {"value": 1}


def test_results_of_other_settings_are_refused_by_name(tmp_path):
    Kept(tmp_path, {"steps": 3, "learning_rate": 1})
    with pytest.raises(UserError, match=r"other settings \(learning-rate\)"):
        Kept(tmp_path, {"steps": 3, "learning_rate": 2})


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file. Give a folder"):
        Kept(tmp_path / "file", {})


def test_without_a_folder_nothing_is_kept():
    kept = Kept(None, {})
    assert kept.result("a", lambda: {"n": 1}) == {"n": 1}
    assert kept.result("a", lambda: {"n": 2}) == {"n": 2}
