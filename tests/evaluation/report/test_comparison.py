"""Several models on one text, as a page and as a picture."""

from xml.etree import ElementTree

from app.evaluation.report.comparison import comparison_page, comparison_picture
from tests.evaluation.report.made_up import comparison, figures

SVG = "{http://www.w3.org/2000/svg}"


def models():
    saved = {"keystroke_savings": {"1": 0.3, "3": 0.4, "5": 0.45}}
    return {
        "large": figures(80.0, 0.25) | saved,
        "test": figures(90.0, 0.22) | saved,
        "<b>old</b>": figures(None, 0.2),
    }


def test_it_says_who_is_better_by_the_names_that_people_gave():
    page = comparison_page(models(), [comparison("large", "test", 0.118, 0.01)])
    assert "3 models on the same text" in page
    assert "large beats test: 0.118 nats a token ± 0.010" in page
    assert "this model" not in page
    assert "&lt;b&gt;old&lt;/b&gt;" in page and "<b>" not in page


def test_savings_are_shown_where_they_were_measured():
    page = comparison_page(models(), [])
    assert page.count("Keys saved with 5 offers") == 2  # heading, title of the picture
    without = {name: figures(80.0, 0.2) for name in ("a", "b")}
    assert "Keys saved" not in comparison_page(without, [])


def test_models_that_know_different_words_are_compared_with_those_charged():
    same = comparison_page(models(), [])
    assert "Perplexity, unknown words charged" not in same
    other = models()
    other["large"] |= {"oov_tokens": 1}
    assert "Perplexity, unknown words charged" in comparison_page(other, [])


def test_the_picture_holds_every_model_and_stands_alone():
    tree = ElementTree.fromstring(comparison_picture(models()))
    words = ["".join(it.itertext()) for it in tree.iter(f"{SVG}text")]
    assert words.count("large") == 4  # perplexity, two accuracies, keys
    assert words.count("<b>old</b>") == 2  # it has no perplexity
    assert tree.find(f"{SVG}style").text


def test_one_model_is_enough():
    assert "1 model on the same text" in comparison_page(
        {"only": figures(9.0, 0.4)}, []
    )
