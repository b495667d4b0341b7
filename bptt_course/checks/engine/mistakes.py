"""The mistakes that people make with ∂E/∂W_s and ∂E/∂W_x: their names and what a teacher says.

In the words, {W} stands for the weight ("W_s"), {u} for what it multiplies at step i ("S_{i-1}" for
W_s, "X_i" for W_x, "S_i" for W_y) and {use} for the equation of that step. A hint points at the
step and never gives the answer; the second and the third say more. How a wrong gradient is
recognised is in `diagnosis`.

Werbos (1990); Pascanu et al. (2013), equations 3 to 5, for the sum that most of them miss.
"""

from bptt_course.checks.engine.finding import Finding

# Name: what the answer does, in one sentence, and three hints, each more explicit.
CATALOGUE = {
    "total-for-immediate": (
        "The sum takes the total derivative dS_i/d{W} where the immediate one, ∂⁺S_i/∂{W}, "
        "belongs, so that early paths are counted again.",
        "Each path from {W} to the error belongs in the sum once. Does your term for S_2 "
        "count the path that ends at step 1 a second time?",
        "In ∂⁺S_i/∂{W} the state S_{i-1} is held fixed: a plain number, although {W} has "
        "helped to make it.",
        "Write your term for S_2 out and cross out the part that runs on to S_1: the term for "
        "S_1 has it already. Only the use of {W} in step i itself stays in term i.",
    ),
    "state-as-constant": (
        "Only the last use of {W} counts: the state before it is treated as a constant.",
        "Move {W} a little. Does the state before the last step stay where it was?",
        "{W} is used at every step, and every use reaches the error through the states after "
        "it. How many paths are there back from Y_3?",
        "Go back one step further: the error reaches S_2 through a_3 = W_x X_3 + W_s S_2, and "
        "{W} has helped to make S_2.",
    ),
    "longest-path-only": (
        "Only the longest path counts, from the first use of {W} through all the states.",
        "Is step 1 the only one at which {W} is used?",
        "The chain rule adds over all paths. Which shorter paths lead from {W} to the error?",
        "Every step i has {W} in its own a_i, multiplied by {u}: each such use starts a path "
        "of its own, and each path is a term.",
    ),
    "factor-two": (
        "The factor 2 of the squared error is missing.",
        "Look at the very first factor, ∂E/∂Y.",
        "E = (d - Y)^2, without a one-half in front of it. What is the derivative of a square?",
        "Differentiate (d - Y)^2 by Y on paper, the outer power first, and compare with what "
        "you have for ∂E/∂Y.",
    ),
    "sign": (
        "The sign is turned round: ∂E/∂Y has the wrong one.",
        "If Y is larger than d, what does raising Y do to the error?",
        "E = (d - Y)^2: the inner derivative of d - Y by Y belongs in ∂E/∂Y.",
        "Differentiate (d - Y)^2 by Y on paper, inner derivative included, and look which of d "
        "and Y comes first.",
    ),
    "averaged": (
        "The terms are averaged over the steps instead of added up.",
        "Is there a mean, or a division by the number of steps?",
        "The chain rule adds: each use of {W} changes the error on its own account.",
        "Think of {W} as three weights of one value, one for each step. Moving all of them at "
        "once changes the error by the sum of the three changes.",
    ),
    "transposed-answer": (
        "The answer is transposed: rows and columns have changed places.",
        "Which index of {W} is that of the new state, the row or the column?",
        "Entry (row, column) of the gradient belongs to the same entry of {W}. Look at the "
        "order of the two factors of your outer product.",
        "A gradient has the shape of its weight: the rows come from the side where the product "
        "with {W} comes out, the columns from the side where it goes in.",
    ),
    "weight-not-transposed": (
        "On the way back the gradient is multiplied by W_s, not by its transpose.",
        "Forward, W_s leads from S_{t-1} to a_t. Which matrix leads the gradient back?",
        "Entry j of S_{t-1} reaches every entry of a_t. Is it a row or a column of W_s that "
        "holds these weights?",
        "Write a_t = W_s S_{t-1} out for two states, differentiate by the first entry of "
        "S_{t-1}, and see which entries of W_s come up.",
    ),
    "derivative-missing": (
        "The derivative of the activation, g'(a), is left out: right for the identity only.",
        "Does the answer know which activation the network has?",
        "Every step back passes through S_i = g_1(a_i). Which factor does the chain rule give "
        "for g_1?",
        "Two places need g_1'(a_i): the way from S_i back to S_{i-1}, and the way from S_i to "
        "{W} at step i. (For {W} = W_y it is g_2' that is needed.)",
    ),
    "tanh-twice": (
        "The derivative of the activation is taken at the value S_i instead of at a_i: the "
        "activation is applied twice.",
        "Where is g_1' evaluated: at a_i or at S_i?",
        "S_i is already tanh(a_i). What does one get by applying tanh to it again?",
        "Look at the line with the derivative: written in S_i it has no tanh in it any more. "
        "(`slope` wants the value S_i, `derivative` wants a_i.)",
    ),
    "derivative-inverted": (
        "The derivative of the activation stands upside down: the answer divides by g'(a).",
        "Should a flat activation make the gradient smaller or larger?",
        "The chain rule multiplies by g_1'(a_i). Is there a division in your formula?",
        "Where tanh saturates, 1 - S_i^2 is close to 0 and the gradient should vanish there: "
        "look at what yours does with that factor.",
    ),
    "shifted-state": (
        "The gradient meets the value of the wrong step: the index beside {W} is shifted.",
        "At step i, what is it that {W} multiplies? Look at its index.",
        "Write {use} beside your line and compare the indices.",
        "Differentiate it by {W}, everything else held fixed: what is left is the factor that "
        "your line needs, beside the slope of the activation.",
    ),
    "all-errors": (
        "The errors of the earlier steps are in it too: this is the gradient of their sum.",
        "Which error was asked for: one, or the sum of all?",
        "E_at alone has one output, Y_at. Where else does your code take an error in?",
        "Going back, the gradient receives something from an output at one time only, t = at; "
        "look at the line that adds the output's share.",
    ),
    "own-output-missing": (
        "The share of a step's own output is missing: the state receives only what comes back "
        "from the future.",
        "How does the gradient get into the backward sweep in the first place?",
        "S_t reaches the error along two routes: through Y_t, and through S_{t+1}.",
        "At every t that has an error, ∂E/∂S_t takes in the share from Y_t, beside what comes "
        "back from S_{t+1}. Find the line that should add it.",
    ),
    "overwritten": (
        "The shares of the steps overwrite each other: `=` where `+=` belongs, so that the last "
        "one wins.",
        "What does your variable hold after the second turn of the loop?",
        "Print the running total at each turn: does it grow, or does it start afresh?",
        "Look at the line that stores the share of step t: does it add to what is there?",
    ),
    "chain-cut": (
        "The gradient is not handed on to the step before: the chain is cut after one step.",
        "When the loop comes to step t - 1, what has it received from step t?",
        "After each step, ∂E/∂S_t has to become ∂E/∂S_{t-1}. Where does that happen?",
        "The last line of the loop should carry the gradient from a_t to S_{t-1}. Does the "
        "next turn use its result?",
    ),
    "sizes-mixed": (
        "n_x and n_s are mixed up: it works only as long as the two are equal.",
        "How long is X[t], and how long is S[t]?",
        "The failing network has n_x = 2 inputs and n_s = 3 states. Write the shape beside "
        "every array in your code.",
        "W_x has shape (n_s, n_x), W_s has shape (n_s, n_s): check every place in which a size "
        "is written down or taken from an array.",
    ),
}

# Beside the catalogue: one error alone cannot show it, only the sum of all E_t (at=None).
ONLY_IN_SUMS = {
    "last-error-only": (
        "With at=None only the last error, E_T, is counted.",
        "With at=None the error is E_1 + ... + E_T: is every E_t there?",
        "Give the run another d_1 and call your function with at=None: does the answer move?",
        "With at=None every step t has its own 2 (Y_t - d_t), with d_t = d[t - 1]: look at the "
        "line that decides at which t an error comes in.",
    )
}
KNOWN = ONLY_IN_SUMS | CATALOGUE

OPERANDS = {"W_s": "S_{i-1}", "W_x": "X_i", "W_y": "S_i"}
STEP = "a_i = W_x X_i + W_s S_{i-1}"
USES = {"W_s": STEP, "W_x": STEP, "W_y": "Y_i = g_2(W_y S_i)"}


def what(name, weight):
    """What the answer does, in one sentence, for "W_x", "W_s" or "W_y"."""
    return _about(KNOWN[name][0], weight)


def hints(name, weight):
    """The three hints for the mistake `name`, each more explicit than the one before."""
    return tuple(_about(hint, weight) for hint in KNOWN[name][1:])


def _about(words, weight):
    words = words.replace("{use}", USES[weight])
    return words.replace("{W}", weight).replace("{u}", OPERANDS[weight])


def named(fits, weight, note=""):
    """The `Finding` that names the mistakes of some `Fit`s, each of which explains the answers."""
    fitting = {name for fit in fits for name in (*fit.any_of, *fit.also)}
    names = tuple(name for name in KNOWN if name in fitting)
    certain = [n for n in names if all(n in fit.also or fit.any_of == (n,) for fit in fits)]
    unsure = [n for n in names if n not in certain]
    lines = ["Not yet, but your numbers give the mistake away:"] if certain else []
    lines += [f"- {what(name, weight)} [{name}]" for name in certain]
    if unsure:
        lines.append(
            "And any one of these; numbers cannot tell them apart:"
            if certain
            else "Not yet. Your numbers fit any one of these; numbers cannot tell them apart:"
        )
        lines += [f"- {what(name, weight)} [{name}]" for name in unsure]
    label = "[{}] {}" if len(names) > 1 else "{1}"
    ladders = [[label.format(n, hint) for hint in hints(n, weight)] for n in names]
    steps = tuple("\n".join(step) for step in zip(*ladders, strict=True))
    return Finding(False, names, (*lines, *([note] if note else [])), steps)
