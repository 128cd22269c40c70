"""What is painted can be read: contrasts after WCAG 2.2, on light and on dark paper."""

import pytest

from app.evaluation.charts.colours import COLOURS, page_colours, picture_style

TEXTS = ("ink", "muted", "ours", "good")
LINES = ("ours", "other", "rival", "edge")
SHADES = [name for name in COLOURS if name.startswith("surprise")]


def luminance(colour):
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_and_marks_stand_out_from_the_paper(scheme):
    colours = {name: pair[scheme] for name, pair in COLOURS.items()}
    for paper in ("paper", "raised"):
        for name in TEXTS:
            assert contrast(colours[name], colours[paper]) >= 4.5, (name, paper)
    for name in LINES:
        assert contrast(colours[name], colours["paper"]) >= 3, name
    for shade in SHADES:
        assert contrast(colours["ink"], colours[shade]) >= 4.5, shade
    # The line of the rival lies on the bars.
    assert contrast(colours["ours"], colours["ours-soft"]) >= 2


@pytest.mark.parametrize("scheme", [0, 1])
def test_shades_are_told_apart_by_lightness_in_order(scheme):
    lights = [luminance(COLOURS[name][scheme]) for name in ["paper", *SHADES]]
    assert lights == sorted(lights, reverse=scheme == 0)
    assert len(set(lights)) == len(lights)


def test_a_page_follows_its_scheme_and_a_picture_holds_no_variables():
    assert page_colours().count("light-dark(") == len(COLOURS)
    style = picture_style()
    assert "var(" not in style
    assert "@media (prefers-color-scheme: dark)" in style
    assert COLOURS["ink"][0] in style and COLOURS["ink"][1] in style


def test_a_picture_may_be_told_its_paper():
    light, dark = picture_style("light"), picture_style("dark")
    assert "@media" not in light + dark
    assert picture_style().startswith(light)
    assert COLOURS["ink"][0] in light and COLOURS["ink"][1] not in light
    assert COLOURS["ink"][1] in dark and COLOURS["ink"][0] not in dark
