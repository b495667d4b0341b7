"""The handout: its numbers, what is left empty, and that all of it fits on the page."""

import re

import handout
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from problem import problem

from bptt_course import __main__ as commands
from bptt_course.figures.network import Network

MARGIN = 0.4  # inches, which every printer can do


def written(page):
    """The words on a page, each with its place in pixels."""
    canvas = FigureCanvasAgg(page)
    canvas.draw()
    found = []
    for ax in page.axes:
        for text in ax.findobj(lambda artist: hasattr(artist, "get_text")):
            if text.get_visible() and text.get_text().strip():
                found.append((text.get_text(), text.get_window_extent(canvas.get_renderer())))
    return found


def numbers(page):
    return [words for words, _ in written(page) if re.fullmatch(r"−?[\d.]+", words)]


@pytest.fixture
def in_nodes(monkeypatch):
    """What is written into the nodes: for each page a dictionary, as they are made."""
    pages, fill = [], Network.fill
    monkeypatch.setattr(Network, "fill", lambda self, said: (pages.append(said), fill(self, said)))
    return pages


def number(value):
    return f"{value:g}".replace("-", "−")


def test_the_front_has_only_what_is_given(in_nodes):
    front, _ = handout.pages()
    assert numbers(front) == []
    given = {("S", 0): "2", ("X", 1): "3", ("X", 2): "1", ("X", 3): "2", ("d", 3): "6"}
    assert in_nodes[0] == given


def test_the_back_has_the_worked_example(in_nodes):
    _, back = handout.pages()
    arrows = ["2", "2", "0.5", "0.5"]
    W_s = ["2", "2", "0.5", "0.5", "2", "2", "2", "2", "0.5", "4", "8", "2", "2", "3", "12", "22"]
    W_x = ["1", "3", "3", "2", "1", "2", "4", "2", "8", "13"]
    W_y = ["2", "3.5", "7"]
    assert sorted(numbers(back)) == sorted(arrows + W_s + W_x + W_y)
    states = [in_nodes[1][node] for node in (("S", 1), ("S", 2), ("S", 3), ("Y", 3), ("E", 3))]
    assert states == ["4", "3", "3.5", "7", "1"]


def test_a_problem_has_its_own_numbers(in_nodes):
    front, back = handout.pages("a4", seed=17)
    one = problem(17)
    results = [*one.terms_W_s, *one.terms_W_x, one.dE_dW_s, one.dE_dW_x, one.dE_dW_y]
    assert set(map(number, results)) <= set(numbers(back)) and numbers(front) == []
    assert [in_nodes[0]["X", t] for t in (1, 2, 3)] == [number(X) for X in one.X[1:]]
    assert [in_nodes[1]["S", t] for t in (1, 2, 3)] == [number(S) for S in one.S[1:]]
    assert any(words.endswith("problem 17") for words, _ in written(front))


@pytest.mark.parametrize(("paper", "seed"), [("a4", None), ("letter", 5)])
def test_all_fits_on_the_page_and_no_words_overlap(paper, seed):
    for page in handout.pages(paper, seed):
        width, height = page.get_size_inches() * page.dpi
        rim = MARGIN * page.dpi
        words = written(page)
        for text, box in words:
            assert box.x0 >= rim and box.y0 >= rim, text
            assert box.x1 <= width - rim and box.y1 <= height - rim, text
        for n, (text, box) in enumerate(words):
            for other, another in words[:n]:
                across = min(box.x1, another.x1) - max(box.x0, another.x0)
                upright = min(box.y1, another.y1) - max(box.y0, another.y0)
                assert min(across, upright) < 3, (text, other)


def test_boxes_are_large_enough_to_write_in_by_hand():
    front, _ = handout.pages()
    FigureCanvasAgg(front).draw()
    for ax, least in zip(front.axes, (12, 10), strict=True):  # mm: in the rows, in the network
        boxes = [box for box in ax.patches if type(box) is Rectangle]
        sizes = [box.get_window_extent().size / front.dpi * 25.4 for box in boxes]
        assert sizes and all(width >= 14 and height >= least for width, height in sizes)


@pytest.mark.parametrize("paper", handout.PAPER)
def test_the_command_writes_two_pages_of_that_size(paper, tmp_path, capsys):
    file = tmp_path / "handout.pdf"
    assert commands.main(["handout", str(file), "--paper", paper]) == 0
    assert str(file) in capsys.readouterr().out
    pdf = file.read_bytes()
    width, height = (72 * inches for inches in handout.PAPER[paper])
    sizes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [tuple(map(float, size)) for size in sizes] == [
        pytest.approx((width, height), abs=0.5)
    ] * 2


def test_no_file_is_written_over(tmp_path, capsys):
    file = tmp_path / "handout.pdf"
    file.write_text("my notes", encoding="utf-8")
    assert commands.main(["handout", str(file)]) == 1
    assert "is there already, and nothing is written over" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "my notes"


def test_a_bad_seed_and_a_bad_place_are_told(tmp_path, capsys):
    assert commands.main(["handout", str(tmp_path / "a.pdf"), "--problem", "-1"]) == 1
    assert "seed: expected a whole number" in capsys.readouterr().err
    assert commands.main(["handout", str(tmp_path / "no folder" / "a.pdf")]) == 1
    assert "No such file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
