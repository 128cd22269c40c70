"""The browser that tests look with sees what is wrong with a page, and refuses it."""

PAGE = """<!doctype html><html lang="en"><title>t</title><body>
<main><h1>Clouds</h1><p style="width: 500px">sky</p></main></body></html>"""
BAD = """<!doctype html><html><title>t</title><body><img src="https://example.org/x.png">
<script>console.error("lost"); undefined.x</script></body></html>"""


def test_a_sound_page_is_quiet(open_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    visit = open_page(path.as_uri(), width=320, color_scheme="dark")
    assert visit.page.inner_text("h1") == "Clouds"
    assert visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert visit.requests == [path.as_uri()]
    assert visit.overflow() > 150
    assert visit.violations() == []


def test_what_is_wrong_with_a_page_is_seen(open_page, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text(BAD)
    visit = open_page(path.as_uri())
    assert visit.refused == ["https://example.org/x.png"]
    assert any("lost" in line for line in visit.complaints)
    assert any("Cannot read properties" in line for line in visit.complaints)
    rules = {line.split(":")[0] for line in visit.violations()}
    assert {"html-has-lang", "image-alt"} <= rules
    visit.refused.clear()
    visit.complaints.clear()
