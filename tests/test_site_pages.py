"""Each page of the site as a reader has it: without JavaScript, and on a phone.

Every request that leaves this machine fails, and with it the test.
"""

import re

import narrow
import pytest
from test_site import NAMES, PAGES, outputs

# Words about cells, keys and arguments that a page does not have.
CELL = r"run (?:the|this|that|these) (?:next )?(?:\w+ )?cell"
OF_A_NOTEBOOK = rf"(?i).*(?:{CELL}|hint=|shift\+enter|stop button).*"
PROSE = """article => {
  const copy = article.cloneNode(true);
  copy.querySelectorAll('pre, code, mjx-container').forEach(one => one.remove());
  return copy.textContent;
}"""


WORDS = """article => {
  const copy = article.cloneNode(true);
  copy.querySelectorAll('.cell, pre').forEach(one => one.remove());
  return copy.textContent;
}"""


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_complete_without_javascript(visit, name):
    page = visit(f"{name}.html", java_script_enabled=False)
    pictures = page.locator("article img")
    assert pictures.count() == len(list(outputs(name, "image/png")))
    page.emulate_media(media="print")
    assert not page.locator(".launch").is_visible()
    inside = page.locator("details > :not(summary)")
    assert inside.evaluate_all("all => all.every(one => one.checkVisibility())")
    page.emulate_media(media="screen")
    assert not inside.first.is_visible()
    page.locator("details").first.locator("> summary").click()
    assert page.locator("details").first.get_attribute("open") is not None
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    widths = pictures.evaluate_all("all => all.map(one => one.complete && one.clientWidth)")
    assert all(width > 100 for width in widths)
    prose = page.locator("article").evaluate(PROSE)
    assert re.findall(r"\$.*|\\\(.*|\\[a-z]{3,}", prose) == []
    said = page.locator("article").evaluate(WORDS)
    assert re.findall(OF_A_NOTEBOOK, said) == []
    text = page.locator("article").inner_text()
    for _, output in outputs(name, "stream"):
        for line in "".join(output["text"]).splitlines():
            assert line.strip() in text
    assert page.locator("mjx-container svg").first.bounding_box()["height"] > 5


# [what, its role, its name, the edges where it fades] of all that a keyboard or a finger scrolls
WIDE = """() => [...document.querySelectorAll('article :not(textarea)')].filter(one =>
    one.tabIndex === 0 && !one.matches('a, button, summary, input, select')
    || one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX))
  .filter(one => one.checkVisibility()).map(one => [one.scrollWidth > one.clientWidth + 1,
    one.tabIndex, one.role, one.ariaLabel, one.dataset.cut])"""
# formulas with what stands at the beginning of the next line and belongs to them
PARTED = """() => [...document.querySelectorAll('article mjx-container')].map(formula => {
  const next = formula.nextSibling;
  if (!formula.checkVisibility() || !/^\\S/.test(next?.data ?? '')) return null;
  const first = document.createRange();
  first.setStart(next, 0);
  first.setEnd(next, 1);
  const [left, right] = [first.getBoundingClientRect().left, formula.getBoundingClientRect().right];
  return [left > right - 2, formula.textContent + next.data.slice(0, 10)];
}).filter(Boolean)"""


@pytest.mark.parametrize("name", [*PAGES, "search"])
def test_a_phone_has_all_of_each_page(visit, name):
    """No page is wider; what scrolls by itself shows it; panels have their own pictures."""
    page = visit(f"{name}.html", width=360, height=800)
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    for width in (360, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.wait_for_timeout(50)  # until what has become visible is measured
        wide = page.evaluate(WIDE)
        labels = [label for *_, label, _ in wide]
        assert len(set(labels)) == len(labels)
        assert wide == [[True, 0, "region", label, "right"] for label in labels]
        shown = page.locator("img.panel").evaluate_all(
            "all => all.map(i => [/narrow/.test(i.currentSrc), i.clientWidth, i.naturalWidth])"
        )
        assert shown == [[True, narrow.WIDTH, 2 * narrow.WIDTH]] * len(shown)
        parted = page.evaluate(PARTED)
        assert [words for together, words in parted if not together] == []
        assert len(parted) > 5 or name in ("index", "search")
