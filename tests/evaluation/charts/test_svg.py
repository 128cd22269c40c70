"""Elements hold text as text, and a picture says in words what it shows."""

from xml.etree import ElementTree

from app.evaluation.charts.svg import Picture, bar, beside, curve, element, text

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '</text><script>alert("1")</script>'


def a_picture(name="p", title="Title", body=()):
    return Picture(name, title, "What is seen.", 340, 100.0, list(body))


def test_words_stay_words_in_text_and_attributes():
    made = str(element("text", EVIL, class_=EVIL, x=1))
    tree = ElementTree.fromstring(made)
    assert tree.text == EVIL
    assert tree.get("class") == EVIL
    assert "<script" not in made


def test_a_picture_has_a_title_and_a_description_that_name_it():
    tree = ElementTree.fromstring(a_picture().inline())
    title, description = tree.find(f"{SVG}title"), tree.find(f"{SVG}desc")
    assert (title.text, description.text) == ("Title", "What is seen.")
    assert tree.get("role") == "img"
    names = tree.get("aria-labelledby").split()
    assert names == [title.get("id"), description.get("id")]


def test_alone_it_brings_its_style_and_its_title_and_in_a_page_it_does_not():
    picture = a_picture(body=[text("inside", 1, 2)])
    alone = ElementTree.fromstring(picture.document())
    assert alone.find(f"{SVG}style").text
    assert "Title" in [it.text for it in alone.iter(f"{SVG}text")]
    within = ElementTree.fromstring(picture.inline())
    assert within.find(f"{SVG}style") is None
    assert [it.text for it in within.iter(f"{SVG}text")] == ["inside"]
    *_, height = map(float, alone.get("viewBox").split())
    assert height > 100


def test_a_bar_is_never_narrower_than_nothing_and_one_point_is_a_ring():
    assert 'width="0"' in bar("ours", 3.0, 0, -2.0, 10)
    ring = ElementTree.fromstring(curve("ours", [(1.0, 2.0)]))
    assert (ring.tag, ring.get("cx"), ring.get("cy")) == ("circle", "1", "2")
    line = ElementTree.fromstring(curve("ours", [(1.0, 2.0), (3.0, 4.0)]))
    assert line.get("points") == "1.0,2.0 3.0,4.0"


def test_pictures_side_by_side_keep_their_titles_and_do_not_overlap():
    both = beside("two", "Two", [a_picture("a", "A"), a_picture("b", "B")], gap=40)
    tree = ElementTree.fromstring(both.document())
    assert {"A", "B", "Two"} <= {it.text for it in tree.iter(f"{SVG}text")}
    assert both.width == 3 * 40 + 2 * 340
    assert "A: What is seen." in tree.find(f"{SVG}desc").text


def test_a_narrow_picture_is_as_wide_as_what_is_said_about_it():
    remark = "Blue is positive, orange negative; units that behave alike are together."
    picture = Picture("narrow", "Narrow", "Nothing.", 100, 10, [], remark)
    alone = ElementTree.fromstring(picture.document())
    assert float(alone.get("viewBox").split()[2]) > 6 * len(remark)
    assert ElementTree.fromstring(picture.inline()).get("viewBox") == "0 0 100 10"
