"""Whether being 30 % sure means being right in 30 % of the cases."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.calibration import BINS, calibration


def test_who_is_right_as_often_as_sure_has_no_error():
    sure = np.repeat([0.25, 0.75], 400)
    right = np.concatenate([np.arange(400) < 100, np.arange(400) < 300])
    found = calibration(sure, right)
    assert found["expected_calibration_error"] == pytest.approx(0)
    assert found["bins"] == [
        {"tokens": 400, "confidence": 0.25, "accuracy": 0.25},
        {"tokens": 400, "confidence": 0.75, "accuracy": 0.75},
    ]


def test_who_is_always_sure_and_never_right_is_wrong_by_all_of_it():
    found = calibration(np.ones(10, np.float32), np.zeros(10, bool))
    assert found["expected_calibration_error"] == 1
    assert [it["tokens"] for it in found["bins"]] == [10]


def test_the_bins_have_equal_widths_and_all_targets():
    sure = np.random.default_rng(0).random(500).astype(np.float32)
    found = calibration(sure, sure > 0.5)
    assert len(found["bins"]) == BINS
    assert sum(it["tokens"] for it in found["bins"]) == 500
    widths = np.diff([it["confidence"] for it in found["bins"]])
    np.testing.assert_allclose(widths, 1 / BINS, atol=0.02)


def test_without_targets_nothing_is_known():
    nothing = calibration(np.zeros(0, np.float32), np.zeros(0, bool))
    assert nothing == {"expected_calibration_error": None, "bins": []}
