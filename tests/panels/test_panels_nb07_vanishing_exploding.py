"""The panels of notebook 07: what is drawn and said, held to closed forms and to `bptt`."""

import warnings

import numpy as np
import pytest
from drawings import drawn, logs, number_after, said, texts, xy

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.figures import stage
from bptt_course.figures.nb07_heart import SPAN, STOPS
from bptt_course.panels import nb07_vanishing_exploding as nb07
from bptt_course.panels.panel import laid_out


def settings(seed, number, longest=60):
    """Random settings of the panels of notebook 07, on the sliders' steps."""
    rng = np.random.RandomState(seed)
    return [
        {
            "W_s": round(rng.uniform(-2, 2), 2),
            "T": int(rng.randint(2, longest)),
            "S_0": round(rng.uniform(-3, 3), 1) * (n % 5 > 0),
            "X": round(rng.uniform(-3, 3), 1) * (n % 3 > 0),
            "g_1": list(rnn.ACTIVATIONS)[n % 4],
        }
        for n in range(number)
    ]


def run_of(W_s, T, S_0, X, g_1):
    return rnn.forward(np.full(T, float(X)), S_0, rnn.Weights(1, W_s, 1), g_1)


@pytest.fixture(scope="module")
def flow():
    return panels.gradient_flow()


# --- the gradient on its way back ----------------------------------------------------------------


def gains(run):
    """|∂S_T/∂S_k| for k = 0..T."""
    return np.abs(bptt.state_jacobians(run, run.T))


@pytest.mark.parametrize("W_s", [-2, -1, -0.9, 0.37, 1, 1.1, 2])
@pytest.mark.parametrize("T", [2, 50, 1000])
def test_linear_flow_is_a_power(flow, W_s, T):
    flow.set(g_1="identity", T=T, W_s=W_s, S_0=0.7, X=-1.2)
    x, y = xy(flow, "flow")
    expected = np.arange(T, -1, -1) * np.log10(abs(W_s))
    np.testing.assert_allclose(y, np.clip(expected, -SPAN - 9, SPAN + 9), rtol=1e-12, atol=1e-12)
    assert (np.diff(x) > 0).all() and np.ptp(np.diff(x)) < 1e-9
    assert f"{T}" in said(flow).split("=")[0]


@pytest.mark.parametrize("case", settings(1, 12), ids=str)
def test_flow_is_the_state_jacobian(flow, case):
    flow.set(**case)
    run = run_of(**case)
    x, y = xy(flow, "flow")
    expected = np.clip(logs(gains(run)), -SPAN - 9, SPAN + 9)
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-10)
    jacobians, inside = bptt.state_jacobians(run, run.T), np.abs(y) <= SPAN
    for gid, chosen in (("positive", jacobians > 0), ("negative", jacobians < 0)):
        assert set(x[chosen & inside]) <= set(xy(flow, gid)[0])


@pytest.mark.parametrize("case", settings(5, 8), ids=str)
def test_ink_is_the_gain_and_a_letter_on_its_head_the_sign(flow, case):
    flow.set(**case)
    run, letters = run_of(**case), drawn(flow, "letters")
    alpha = letters.get_facecolors()[:, 3]
    np.testing.assert_allclose(alpha, np.minimum(gains(run)[1:], 1), rtol=1e-7, atol=1e-8)
    seen = [shape.vertices for shape in letters.get_paths()]
    flow.set(W_s=abs(case["W_s"]))
    for k, (shape, upright) in enumerate(zip(seen, letters.get_paths(), strict=True), start=1):
        turned = case["W_s"] < 0 and (run.T - k) % 2 == 1
        if alpha[k - 1] < 1 / 512:
            assert not np.any(shape), "ink that no screen shows"
            continue
        np.testing.assert_allclose(shape, upright.vertices * [1, -1 if turned else 1])


@pytest.mark.parametrize(
    ("T", "g_1", "usable"), [(10, "identity", 28), (50, "identity", 6), (1000, "identity", 2)]
)
def test_the_usable_stops_are_counted(flow, T, g_1, usable):
    flow.set(T=T, g_1=g_1, S_0=0.5, X=0, W_s=0.9)
    powers = T * logs(STOPS)
    assert usable == np.sum(np.abs(powers) <= np.log10(2) + 1e-12)
    assert f"{usable} of 401 stops keep" in drawn(flow, "count").get_text()
    assert len(drawn(flow, "usable").get_segments()) == usable


def test_with_tanh_no_stop_is_usable_unless_the_states_are_at_rest(flow):
    flow.set(T=50, g_1="tanh", S_0=0.5, X=0)
    assert "no stop keeps" in drawn(flow, "count").get_text()
    flow.set(S_0=0)
    assert "6 of 401 stops keep" in drawn(flow, "count").get_text()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"W_s": 0.9}, ["0.52 %", "0.9^50 = 0.00515", "every 6.6 steps", "5 arrive at S_0"]),
        ({"W_s": 1}, ["nothing is lost and nothing is added"]),
        ({"W_s": -1}, ["nothing is lost and nothing is added", "The sign flips at every step"]),
        ({"W_s": 1.1}, ["117 times the error", "doubles every 7.3 steps"]),
        ({"W_s": 0.5}, ["half of the error is lost at every step", "not even one arrives"]),
        ({"W_s": 0.3}, ["each step back keeps only 30 %"]),
        ({"W_s": 0}, ["exactly 0 from the first step on"]),
        ({"W_s": 2, "T": 1000}, ["10³⁰¹ times", "In float32 it is inf from S_872 backwards"]),
        ({"W_s": 0.3, "T": 1000}, ["less than a computer can hold", "In float32 it is 0.0"]),
        ({"W_s": -0.5, "g_1": "ReLU"}, ["the way back is cut at step 50", "exactly 0"]),
        ({"W_s": 1.2, "g_1": "tanh"}, ["on average", "The slope of tanh is 0.57 to 0.71"]),
    ],
    ids=str,
)
def test_the_sentence_tells_its_case(flow, setting, words):
    flow.reset().set(**setting)
    for part in words:
        assert part in said(flow)
    assert len(said(flow)) < 260


@pytest.mark.parametrize("case", settings(3, 28), ids=str)
def test_the_half_life_is_true(flow, case):
    flow.set(**case)
    run, words = run_of(**case), said(flow)
    if case["W_s"] == 0 or not gains(run)[0]:
        assert "exactly 0" in words or "less than a computer can hold" in words
        return
    mean = gains(run)[0] ** (1 / run.T)
    for beginning, base in (("is lost every", 0.5), ("doubles every", 2)):
        if beginning in words:
            steps = number_after(words, beginning)
            assert mean**steps == pytest.approx(base, rel=0.05)


def test_what_leaves_the_stage_is_marked_and_nothing_is_said_on_stderr(flow, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flow.reset().set(T=1000, W_s=2)
        assert drawn(flow, "exit").get_marker() == "^"
        flow.set(W_s=0.5)
        assert drawn(flow, "exit").get_marker() == "v"
        flow.set(W_s=1)
    assert len(xy(flow, "exit")[0]) == 0
    assert capfd.readouterr().err == ""


def test_the_stage_stays_and_former_lines_stay_as_ghosts(flow):
    flow.reset()
    limits = [ax.get_ylim() for ax in flow.figure.axes]
    for W_s in (0.5, 1.1, 2, -1.3):
        flow.move("W_s", W_s)
    assert [ax.get_ylim() for ax in flow.figure.axes] == limits
    assert len(drawn(flow, "ghosts").get_segments()) == 4
    flow.set(T=20)
    assert len(drawn(flow, "ghosts").get_segments()) == 0


@pytest.mark.parametrize("W_s", [0.5, 0.97, -0.9, 1.02, 1.37, -2, 2])
@pytest.mark.parametrize("T", [81, 500, 1000])
def test_a_far_power_is_told_in_two_figures(flow, W_s, T):
    words = said(flow.reset().set(W_s=W_s, T=T)).partition(".W_s")[0]
    told = words.rpartition(" = ")[2]
    if "10" not in told:
        return
    mantissa, power = told.replace("−", "-").split(" · 10")
    power = int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")))
    assert 1 <= abs(float(mantissa)) < 10
    assert float(mantissa) * 10.0**power == pytest.approx(W_s**T, rel=0.051)
    flow.reset()


def test_what_it_opens_with_has_no_ghost_and_what_a_reader_leaves_has():
    made = panels.gradient_flow().set(g_1="tanh")
    assert len(xy(made, "before")[0]) == 0
    made.move("g_1", "sigmoid")
    assert len(xy(made, "before")[0]) == 51
    assert len(xy(made.reset(), "before")[0]) == 0
    made.close()


@pytest.mark.parametrize("case", settings(8, 6), ids=str)
def test_the_terms_stand_below_their_letters(flow, case):
    flow.set(**case, show="terms of ∂E/∂W_s")
    run = run_of(**case)
    terms = bptt.chain_rule_terms(run, run.Y[run.T] - 0.5, at=run.T).W_s[1:]
    heights = [path.vertices[1, 1] for path in drawn(flow, "terms").get_paths()]
    np.testing.assert_allclose(heights, terms / (np.abs(terms).max() or 1), rtol=1e-8, atol=1e-12)
    if terms.any():
        total = number_after(said(flow), f"term {run.T} = ")
        assert total == pytest.approx(terms.sum(), rel=6e-3, abs=1e-9)
    else:
        assert "All terms are exactly 0" in said(flow)
    flow.set(show="what arrives")


def test_equal_terms_of_alternating_sign_are_told(flow):
    flow.reset().set(W_s=-1, S_0=1, X=1, T=10, g_1="identity", show="terms of ∂E/∂W_s")
    assert "same size" not in said(flow)
    flow.reset().set(W_s=-0.9, show="terms of ∂E/∂W_s")
    assert "All 50 terms have the same size." in said(flow)
    flow.reset()


@pytest.mark.parametrize("width", [390, 640, stage.WIDE])
def test_it_is_laid_out_anew_for_each_width(width):
    made = panels.gradient_flow().lay_out(width)
    assert made.picture.size()[0] == width
    smallest = min(t.get_fontsize() for t in texts(made.figure))
    assert smallest / 0.72 >= 12


def test_a_drag_snaps_to_a_mark_and_a_step_does_not():
    made = panels.gradient_flow()
    assert made.move("W_s", 0.5).move("W_s", 1.01).controls["W_s"].value == 1
    assert made.move("W_s", 1.01).controls["W_s"].value == 1.01
    assert made.set(W_s=0.5).set(W_s=0.99).controls["W_s"].value == 0.99
    assert made.move("W_s", -0.99).controls["W_s"].value == -1


@pytest.mark.parametrize("g_1, T", [("sigmoid", 10), ("tanh", 50), ("identity", 5)])
@pytest.mark.parametrize("W_s", [-2.0, 0.1, 2.0])
def test_on_a_phone_what_is_written_at_a_lines_end_keeps_off_the_scale(g_1, T, W_s):
    with laid_out(328):
        figure = panels.gradient_flow().set(g_1=g_1, T=T, W_s=W_s).figure
    figure.draw_without_rendering()
    shown = {text.get_text(): text.get_window_extent() for text in texts(figure)}
    scale = min(box.x0 for said, box in shown.items() if said.startswith("unchanged"))
    ends = [box for said, box in shown.items() if said.startswith(("deaf", "blown", "exactly"))]
    assert len(ends) <= 1 and all(0 <= box.x0 and box.x1 < scale for box in ends)


def test_panels_of_one_page_keep_their_landscapes_beside_each_other():
    """Else each would draw its 401 stops anew whenever another has been moved."""
    settings = {}, {"g_1": "tanh"}, {"g_1": "sigmoid", "T": 10}, {"X": 1}
    shown = [panels.gradient_flow().set(**values) for values in settings]
    before = nb07._at_every_stop.cache_info().misses
    for panel in 2 * shown:
        panel.move("W_s", -0.5).move("W_s", 0.5)
    assert nb07._at_every_stop.cache_info().misses == before
