"""The mistakes that people make with ∂E/∂W_s and ∂E/∂W_x: their names and what a teacher says.

In the words, {W} stands for the weight ("W_s"), {u} for what it multiplies at step i ("S_{i-1}" for
W_s, "X_i" for W_x, "S_i" for W_y) and {use} for the equation of that step. A hint points at the
step and never gives the answer; the second and the third say more. How a wrong gradient is
recognised is in `diagnosis`.

Werbos (1990); Pascanu et al. (2013), equations 3 to 5, for the sum that most of them miss.
"""

from dataclasses import replace

from bptt_course.checks.engine.compare import LOST_DIGITS
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
        "The factor 2 of the squared error is missing (or the whole is halved at the end).",
        "Look at the very first factor, ∂E/∂Y.",
        "E = (d - Y)^2, without a one-half in front of it. What is the derivative of a square?",
        "Differentiate (d - Y)^2 by Y on paper, the outer power first, and compare with what "
        "you have for ∂E/∂Y.",
    ),
    "sign": (
        "The sign is turned round: that of ∂E/∂Y, or (as in a step downhill) that of the answer.",
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
        "The derivative of the activation, g'(a), is left out, or that of the identity stands in "
        "its place: right for the identity only.",
        "Does the answer know which activation the network has?",
        "Every step back passes through S_i = g_1(a_i). Which factor does the chain rule give "
        "for g_1?",
        "{places}",
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
        "The gradient meets the value of the wrong step: the index beside {W} (or the range of "
        "the loop) is shifted.",
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
    "tan-for-tanh": (
        "The derivative is that of tan, not of tanh.",
        "How steep can tanh be at most?",
        "tanh is steepest at 0 and flat far away: is that so of your derivative?",
        "Differentiate sinh(a) / cosh(a) on paper, and look at the sign in the middle.",
    ),
    "slope-at-a": (
        "The slope is taken at a_i, although it is written in the value S_i = g(a_i).",
        "Which of the two does `slope` want, the value or the pre-activation?",
        "For tanh, `slope(S)` is 1 - S². What is S in it?",
        "`slope` wants the value S_i, `derivative` wants a_i: look at the line with the slope.",
    ),
    "slope-of-another-step": (
        "The slope of the activation is taken at the wrong step.",
        "At step i the gradient passes through S_i = g_1(a_i). Which index has your slope?",
        "Going back from S_i to S_{i-1}, and from S_i to {W}, the way leads through the same a_i.",
        "Write the index of the slope beside each line, for i = 3, 2, 1.",
    ),
    "slope-mistyped": (
        "The derivative of the activation is mistyped.",
        "Differentiate g_1(a) on paper and compare with your line: powers, signs, brackets.",
        "Try your derivative alone: at a = 0 tanh rises as steeply as the identity. And yours?",
        "run.g_1.slope(run.S[i]) has it for every activation: print both for a few values.",
    ),
    "slope-twice": (
        "The derivative of the activation is multiplied in twice at the same step.",
        "How often does a path pass through g_1 at step i?",
        "Is g_1'(a_i) in a variable already when you multiply by it again?",
        "Follow one path with a pencil, from S_i to {W}, and count the slopes in your code.",
    ),
    "slope-in-one-place": (
        "The derivative of the activation is left out in one of its two places.",
        "Does every line that passes through g_1 have its slope?",
        "The share of {W} at step i needs g_1'(a_i), and so does the way on to S_{i-1}.",
        "Form ∂E/∂a_i once, slope included, and use it for both.",
    ),
    "error-factor": (
        "The first factor is not the derivative of the squared error.",
        "What is ∂E/∂Y for E = (d - Y)^2?",
        "How large an error is, and how fast it changes with Y: which of the two is needed?",
        "Compare it for Y above d and for Y below d, and for Y = d, with what you have.",
    ),
    "output-weight-missing": (
        "The output weight W_y is left out.",
        "By which way does S_t reach the error?",
        "E_t sees the state only through Y_t = g_2(W_y S_t).",
        "Between ∂E/∂Y_t and ∂E/∂S_t lies ∂Y_t/∂S_t: is it in your code?",
    ),
    "recurrence-missing": (
        "The way from one state back to the state before has no W_s in it.",
        "What stands beside S_{i-1} in a_i?",
        "a_i = W_x X_i + W_s S_{i-1}: differentiate by S_{i-1}.",
        "Each step back needs two factors, one from g_1 and one from the product with S_{i-1}.",
    ),
    "wrong-recurrence": (
        "Another weight stands on the way back where W_s belongs.",
        "Which weight leads from S_{i-1} to a_i?",
        "a_i = W_x X_i + W_s S_{i-1}: differentiate by S_{i-1}.",
        "Look at the factor with which your code goes from step i to step i - 1.",
    ),
    "not-reset": (
        "The gradient of a state is added to that of the state before instead of replacing it.",
        "What should your variable for ∂E/∂S hold after a step back?",
        "Does something of ∂E/∂S_i remain in ∂E/∂S_{i-1}, beside what comes through a_i?",
        "The shares of {W} add up. The gradient that walks back is made anew: look for `+=`.",
    ),
    "first-state": (
        "At step 1, S_1 stands where S_0 belongs.",
        "Which state is there before the first step?",
        "Write the use of W_s at step 1 out: a_1 = W_x X_1 + W_s S_0.",
        "Look at the index at the first step, and whether something keeps it from being 0.",
    ),
    "loop-never-runs": (
        "Nothing is added: the loop never runs, or the line in it adds nothing.",
        "Print the loop's variable at each turn: does it run at all?",
        "A range that counts down needs its third number, -1.",
        "At each turn the sum should grow by the share of the step, not by itself.",
    ),
    "returns-inside": (
        "The `return` stands inside the loop, so that it ends after its first turn.",
        "How many turns does your loop make?",
        "How far is the `return` indented?",
        "A `return` that is indented as far as the lines of the loop is one of them.",
    ),
    "adds-outside": (
        "The line that adds stands outside the loop: it runs once, when the loop is over.",
        "How often does the line run that adds the share of a step?",
        "How far is it indented?",
        "It has to be one of the lines of the loop, before the step back.",
    ),
    "ends-early": (
        "Step 1 is left out: a loop back ends too early, or one forward begins too late.",
        "Print the loop's variable at each turn: is step 1 there?",
        "The second number of `range` is not reached.",
        "Walk the loop with a pencil for at = 1: it should make one turn.",
    ),
    "starts-late": (
        "The last step is left out: a loop back begins too late, or one forward ends too early.",
        "Print the loop's variable at each turn: is the last step there?",
        "The second number of `range` is not reached, the first one is.",
        "Walk the loop with a pencil for at = 1: it should make one turn.",
    ),
    "running-sum": (
        "The running total is added at each turn instead of the share of the step.",
        "Which of your variables grows from turn to turn, and which is added?",
        "Is there a sum that is added to another sum?",
        "Write down both variables after each of three turns.",
    ),
    "clipped": (
        "The right gradient is cut off.",
        "Is there a np.clip, a min, or a division by a norm?",
        "Clipping belongs to training, after the gradient.",
        "Return the gradient itself; cut it off where it is used.",
    ),
    "few-digits": (
        "The answer has lost digits: rounded, in half precision, or a difference quotient.",
        *LOST_DIGITS,
    ),
    "updated-weight": (
        "{W} itself is in it: that is {W} after a step, or a sum that began at {W} instead of 0.",
        "Is {W} itself in what you return?",
        "The gradient is what a step is made of: which factor has the step besides?",
        "Return ∂E/∂{W} alone; the step down with it comes later.",
    ),
    "outputs-mixed": (
        "The outputs are mixed up: a mean or a sum over them, or one of them alone.",
        "Give the network two outputs: which shapes have d, Y[t] and W_y then?",
        "E sums over the outputs: each Y has its own 2 (Y - d), and its own row of W_y.",
        "Look for a mean, a sum, a norm, a [0] or a reshape in the line with Y or W_y.",
    ),
}

# Beside the catalogue: one error alone cannot show them, only the sum of all E_t (at=None).
ONLY_IN_SUMS = {
    "targets-shifted": (
        "With at=None the errors meet the wrong targets.",
        "Which d belongs to Y_t?",
        "d[0] is d_1. Which element is d_t?",
        "Print t, Y[t] and the d that your code takes, at each turn.",
    ),
    "last-error-only": (
        "With at=None only the last error, E_T, is counted.",
        "With at=None the error is E_1 + ... + E_T: is every E_t there?",
        "Give the run another d_1 and call your function with at=None: does the answer move?",
        "With at=None every step t has its own 2 (Y_t - d_t), with d_t = d[t - 1]: look at the "
        "line that decides at which t an error comes in.",
    ),
}
KNOWN = ONLY_IN_SUMS | CATALOGUE

OPERANDS = {"W_s": "S_{i-1}", "W_x": "X_i", "W_y": "S_i"}
STEP = "a_i = W_x X_i + W_s S_{i-1}"
USES = {"W_s": STEP, "W_x": STEP, "W_y": "Y_i = g_2(W_y S_i)"}
PLACES = "Two places need g_1'(a_i): the way from S_i back to S_{i-1}, and that to {W} at step i."
ONE_PLACE = "The way from Y_t to W_y passes through g_2: look for its slope."


def what(name, weight):
    """What the answer does, in one sentence, for "W_x", "W_s" or "W_y"."""
    return _about(KNOWN[name][0], weight)


def hints(name, weight):
    """The three hints for the mistake `name`, each more explicit than the one before."""
    return tuple(_about(hint, weight) for hint in KNOWN[name][1:])


def _about(words, weight):
    words = words.replace("{places}", ONE_PLACE if weight == "W_y" else PLACES)
    words = words.replace("{use}", USES[weight])
    return words.replace("{W}", weight).replace("{u}", OPERANDS[weight])


AWAY = "Not yet, but your numbers give the mistake away:"
LIKE_THIS = "These are the numbers that one gets with"


def named(fits, weight, fact="", note="", typed=False):
    """The `Finding` that names the mistakes of some `Fit`s, each of which explains the answers.

    `fact` is what the numbers show. Only what has numbers of its own (`Fit.also`) is told as
    certain; how often a path is counted, and a factor of the whole, have causes that are offered.
    So has everything that was `typed` as a number, not written as a function.
    """
    if typed:
        fits = [replace(fit, also=(), scale=(*fit.also, *fit.scale)) for fit in fits]
    certain = _in_all([fit.also for fit in fits])
    needed = _in_all([fit.scale for fit in fits])
    rest = dict.fromkeys(name for fit in fits for name in fit.names)
    others = [name for name in rest if name not in (*certain, *needed)]
    told = fits[0].told if len({fit.told for fit in fits}) == 1 else ""

    def items(names):
        return [f"- {what(name, weight)} [{name}]" for name in names]

    lines = [AWAY, *items(certain)] if certain else [f"Not yet. {fact}"] if fact else []
    lines += [f"  ({told[0].upper()}{told[1:]}.)"] if told else []
    lines += [fact] if certain and fact else []
    if needed:
        these = "these mistakes together" if len(needed) > 1 else "this mistake"
        lines += [f"{LIKE_THIS} {these}{' besides' * bool(certain)}:", *items(needed)]
    if others:
        several = (
            "one of these mistakes, the likeliest first" if len(others) > 1 else "this mistake"
        )
        besides = " besides" * bool(certain or needed)
        lines += [f"{LIKE_THIS} {several}{besides}:", *items(others)]
    if not (certain or fact):
        lines[0] = f"Not yet. {lines[0]}"
    names = (*certain, *needed, *others)
    label = "[{}] {}" if len(names) > 1 else "{1}"
    ladders = [[label.format(n, hint) for hint in hints(n, weight)] for n in names]
    steps = tuple("\n".join(step) for step in zip(*ladders, strict=True))
    return Finding(False, names, (*lines, *([note] if note else [])), steps)


def _in_all(groups):
    return [name for name in groups[0] if all(name in group for group in groups)]
