"""The mistakes that people make with ∂E_at/∂W: their names and what a teacher says.

In the words, {W} stands for the weight ("W_s"), {u} for what it multiplies at step i ("S_{i-1}" for
W_s, "X_i" for W_x, "S_i" for W_y) and {use} for the equation of that step. A hint points at the
step and never gives the answer; the second and the third say more, and the third is something to
do that shows the mistake. How a wrong gradient is recognised is in `evidence` and `diagnosis`.

Werbos (1990); Pascanu et al. (2013), equations 3 to 5, for the sum that most of them miss.
"""

import re
from dataclasses import replace

from bptt_course.checks.engine.compare import LOST_DIGITS
from bptt_course.checks.engine.finding import Finding


def _read(text):
    """{name: (what the answer does, three hints)} from lines "name: what" and, below, "- hint"."""
    names_and_words = re.split(r"(?m)^([\w-]+):", text)[1:]
    return {
        name: tuple(" ".join(part.split()) for part in words.split("\n  - "))
        for name, words in zip(names_and_words[::2], names_and_words[1::2], strict=True)
    }


CATALOGUE = _read("""
total-for-immediate: The sum takes the total derivative dS_i/d{W} where the immediate one,
    ∂⁺S_i/∂{W}, belongs, so that early paths are counted again.
  - Each path belongs in once. Does your term for S_2 count the one that ends at step 1 again?
  - In ∂⁺S_i/∂{W} the state S_{i-1} is held fixed: a plain number, although {W} helped to make it.
  - Write your term for S_2 out and cross out the part that runs on to S_1, which has its own term.
state-as-constant: Only the last use of {W} counts: the state before it is treated as a constant.
  - Move {W} a little. Does the state before the last step stay where it was?
  - {W} is used at every step, and every use reaches the error through the states after it.
  - Go back one step further: the error reaches S_2 through a_3 = W_x X_3 + W_s S_2, and {W} has
    helped to make S_2. How many paths are there back from Y_3?
longest-path-only: Only the longest path counts, from the first use of {W} through all the states.
  - Is step 1 the only one at which {W} is used?
  - The chain rule adds over all paths. Which shorter paths lead from {W} to the error?
  - Every step i has {W} in its own a_i, multiplied by {u}: write down the path of each such use.
factor-two: The factor 2 of the squared error is missing (or the whole is halved at the end).
  - Look at the very first factor, ∂E/∂Y.
  - E = (d - Y)^2, without a one-half in front of it. What is the derivative of a square?
  - {loss}
sign: The sign is flipped: that of ∂E/∂Y, or (as in a step downhill) that of the answer.
  - If Y is larger than d, what does raising Y do to the error?
  - E = (d - Y)^2: the inner derivative of d - Y by Y belongs in ∂E/∂Y.
  - {loss}
averaged: The terms are averaged over the steps instead of added up.
  - Is there a mean, or a division by the number of steps?
  - The chain rule adds: each use of {W} changes the error on its own account.
  - Think of {W} as three weights, one for each step: moving all of them adds their three changes.
transposed-answer: The answer is transposed: rows and columns have changed places.
  - Which index of {W} is that of the new state, the row or the column?
  - Entry (row, column) of the gradient belongs to that of {W}. Which factor of np.outer is first?
  - Take run, d, at = {example}, raise {W}[1, 0] by 0.01 and run forward again: by how much has
    E_3 changed, divided by 0.01? In which entry of your answer is that number?
weight-not-transposed: On the way back the gradient is multiplied by W_s, not by its transpose.
  - Forward, W_s leads from S_{t-1} to a_t. Which matrix leads the gradient back?
  - Entry j of S_{t-1} reaches every entry of a_t: is it by a row or by a column of W_s?
  - Write W_s S_{t-1} out for two states and differentiate by the first one: what comes up?
derivative-missing: The derivative of the activation, g'(a), is left out, or that of the identity
    stands in its place: right for the identity only.
  - Does the answer know which activation the network has?
  - Every step back passes through S_i = g_1(a_i). Which factor does the chain rule give for g_1?
  - {places}
tanh-twice: The derivative of the activation is taken at the value S_i instead of at a_i: the
    activation is applied twice.
  - Where is g_1' evaluated: at a_i or at S_i?
  - S_i is tanh(a_i) already, so 1 - S_i^2 has no tanh in it. (`slope` wants S_i, `derivative` a_i.)
  - {slopes}
derivative-inverted: The derivative of the activation is inverted: the answer divides by g'(a).
  - Should a flat activation make the gradient smaller or larger?
  - The chain rule multiplies by g_1'(a_i). Is there a division in your formula?
  - {slopes}
shifted-state: The factor beside {W} is of the wrong step: its index is shifted.
  - At that step, what is it that {W} multiplies? Look at its index.
  - Write {use} beside yours and compare the indices.
  - Differentiate {use} by {W}, all else held fixed: what is left, with which index?
all-errors: The errors of the earlier steps are in it too: this is the gradient of their sum.
  - Which error was asked for: one, or the sum of all?
  - E_at alone has one output, Y_at. Where else does your code take an error in?
  - Print t at each place where your code takes in an output's share: it should be once, at t = at.
own-output-missing: The share of a step's own output is missing: the state receives only what comes
    back from the future.
  - How does the gradient get into the backward sweep in the first place?
  - S_t reaches the error along two routes: through Y_t, and through S_{t+1}.
  - Find the line that should add the share of Y_t to ∂E/∂S_t, and print what it adds.
overwritten: The shares of the steps overwrite each other: `=` where `+=` belongs.
  - What does your variable hold after the second turn of the loop?
  - Look at the line that stores the share of step t: does it add to what is there?
  - {terms}
chain-cut: The gradient is not handed on to the step before: the chain is cut after one step.
  - When the loop comes to step t - 1, what has it received from step t?
  - The last line of the loop carries the gradient from a_t to S_{t-1}. Does the next turn use it?
  - {terms}
sizes-mixed: n_x and n_s are mixed up: it works only as long as the two are equal.
  - How long is X[t], and how long is S[t]?
  - W_x is (n_s, n_x), W_s (n_s, n_s), W_y (n_y, n_s): check every size that your code names.
  - Take run, d, at = {example}, where n_x = 3 and n_s = 2, and print the shape of every array.
tan-for-tanh: The derivative is that of tan, not of tanh.
  - How steep can tanh be at most?
  - tanh is steepest at 0 and flat far away: is that so of your derivative?
  - {slopes}
slope-at-a: The slope is taken at a_i, although it is written in the value S_i = g(a_i).
  - Which of the two does `slope` want: the value S_i, or the a_i inside g?
  - For tanh, `slope(S)` is 1 - S². What is S in it?
  - {slopes}
slope-of-another-step: The slope of the activation is taken at the wrong step.
  - At step i the gradient passes through S_i = g_1(a_i). Which index has your slope?
  - Going back from S_i to S_{i-1}, and from S_i to {W}, the way leads through the same a_i.
  - {slopes}
slope-mistyped: The derivative of the activation is mistyped.
  - Differentiate g_1(a) on paper and compare with your line: powers, signs, brackets.
  - Try your derivative alone, at a = 1 and at a = -1: tanh is as steep at both. And yours?
  - {slopes}
slope-twice: The derivative of the activation is multiplied in twice at the same step.
  - How often does a path pass through g_1 at step i?
  - Is g_1'(a_i) in a variable already when you multiply by it again?
  - Follow one path with a pencil, from S_i to {W}, and count the slopes in your code.
slope-in-one-place: The derivative of the activation is left out in one of its two places.
  - Does every line that passes through g_1 have its slope?
  - The share of {W} at step i needs g_1'(a_i), and so does the way on to S_{i-1}.
  - Form ∂E/∂a_i once, slope included, and use it for both.
error-factor: The first factor is not the derivative of the squared error.
  - What is ∂E/∂Y for E = (d - Y)^2?
  - How large an error is, and how fast it changes with Y: which of the two is needed?
  - {loss}
output-weight-missing: The output weight W_y is left out.
  - By which way does S_t reach the error?
  - E_t sees the state only through Y_t = g_2(W_y S_t).
  - Make W_y twice as large: then S_t counts twice as much in Y_t. Does it in your code?
recurrence-missing: The way from one state back to the state before has no W_s in it.
  - What is S_{i-1} multiplied by in a_i?
  - a_i = W_x X_i + W_s S_{i-1}: differentiate by S_{i-1}.
  - {terms}
wrong-recurrence: Another weight stands on the way back where W_s belongs.
  - Which weight leads from S_{i-1} to a_i?
  - a_i = W_x X_i + W_s S_{i-1}: differentiate by S_{i-1}.
  - {terms}
not-reset: The gradient of a state is added to that of the state before instead of replacing it.
  - What should your variable for ∂E/∂S hold after a step back?
  - The shares of {W} add up. The gradient that walks back is made anew: look for `+=`.
  - {terms}
first-state: At step 1, S_1 stands where S_0 belongs.
  - Which state is there before the first step?
  - Write the use of W_s at step 1 out: a_1 = W_x X_1 + W_s S_0.
  - Print the index of S at each turn: what keeps it from being 0?
loop-never-runs: Nothing is added: the loop never runs, or the line in it adds nothing.
  - Print the loop's variable at each turn: does it run at all?
  - A range that counts down needs its third number, -1.
  - {terms}
returns-inside: The `return` stands inside the loop, so that it ends after its first turn.
  - How many turns does your loop make? Print its variable at each of them.
  - A `return` that is indented as far as the lines of the loop is one of them.
  - {terms}
adds-outside: The line that adds stands outside the loop: it runs once, when the loop is over.
  - How often does the line run that adds the share of a step? Print something beside it.
  - It has to be one of the lines of the loop, before the step back: how far is it indented?
  - {terms}
ends-early: Step 1 is left out: a loop back ends too early, or one forward begins too late.
  - Print the loop's variable at each turn: is step 1 there?
  - The second number of `range` is not reached.
  - Walk the loop with a pencil for at = 1: it should make one turn.
starts-late: The last step is left out: a loop back begins too late, or one forward ends too early.
  - Print the loop's variable at each turn: is the last step there?
  - The second number of `range` is not reached, the first one is.
  - Walk the loop with a pencil for at = 1: it should make one turn.
running-sum: The running total is added at each turn instead of the share of the step.
  - Which of your variables grows from turn to turn, and which is added?
  - Is there a sum that is added to another sum?
  - {terms}
clipped: The right gradient is cut off.
  - Is there a np.clip, a min, or a division by a norm?
  - Clipping belongs to training, after the gradient.
  - Return the gradient itself; cut it off where it is used.
few-digits: The answer has lost digits: rounded, in half precision, or a difference quotient.
updated-weight: {W} itself is in it: {W} after a step, or a sum that began at {W}, not at 0.
  - Is {W} itself in what you return?
  - The gradient is what a step is made of: which factor has the step besides?
  - Return ∂E/∂{W} alone; the step down with it comes later.
outputs-mixed: The outputs are mixed up: a mean or a sum over them, or one of them alone.
  - Give the network two outputs: which shapes have d, Y[t] and W_y then?
  - E sums over the outputs: each Y has its own 2 (Y - d), and its own row of W_y.
  - Look for a mean, a sum, a norm, a [0] or a reshape in the line with Y or W_y.
""")
CATALOGUE["few-digits"] += LOST_DIGITS

# Beside the catalogue: one error alone cannot show them, only the sum of all E_t (at=None).
ONLY_IN_SUMS = _read("""
targets-shifted: With at=None the errors meet the wrong targets.
  - Which d belongs to Y_t?
  - d[0] is d_1. Which element is d_t?
  - Print t, Y[t] and the d that your code takes, at each turn.
last-error-only: With at=None only the last error, E_T, is counted.
  - With at=None the error is E_1 + ... + E_T: is every E_t there?
  - Give the run another d_1 and call your function with at=None: does the answer move?
  - Every t has its own 2 (Y_t - d_t), d_t = d[t - 1]: which line decides where one comes in?
""")
KNOWN = ONLY_IN_SUMS | CATALOGUE

# The hints where no mistake has a name; there is nothing before the first dash.
LADDERS = _read("""
terms:
  - Take run, d, at = {example} and print what your sum grows by at each turn of the loop. Step i
    should add bptt.chain_rule_terms(run, d, at).{W}[i]: where do they part?
terms-of-W_y:
  - Take run, d, at = {example} and print what your sum grows by at each turn of the loop: it should
    be ∂E/∂Y_t times S_t, once, at t = at.
start:
  - Start where the error is: ∂E/∂Y at t = at, and from there to S_at.
  - Go back one step at a time. At each step: the share of the weight, then the state before.
  - Three lines in a loop from at down to 1: the gradient through g_1, the share of the weight added
    to the sum, the gradient of the state before.
shape:
  - A gradient has the shape of its weight: W and dE/dW are subtracted from each other later.
  - Write the shape beside every array in your code: X[t] (n_x,), S[t] (n_s,), Y[t] (n_y,).
  - What is the product of a column (n_s, 1) and a row (1, n_x)? np.outer makes it.
number:
  - Here each weight is one number, and so is its gradient. What does your function return?
  - Is it a list of the terms? The gradient is their sum.
  - Start from total = 0, add the share of each step, and return total.
unknown:
  - Take run, d, at = {example}, but at = 1 first, with its single path: write its factors down, in
    numbers, and print what your code has for each. Then at = 2.
  - bptt.chain_rule_terms(run, d, at) takes the sum apart: compare, the last step first.
  - Raise the weight by 0.00001, run forward again and see by how much E_at moves, for at = 1, 2 and
    3: where is it not what your gradient says?
counts:
  - Write down for at = 3 which terms your code adds, and how often each of them.
  - {terms}
  - Step by step the gradient gets one factor g_1' and one W_s; the shares of the steps are only
    added. Print both at each turn: what else is done to them?
multiple:
  - All paths are in it alike: look at what they share, ∂E/∂Y, and at what is done to their sum.
  - {loss}
  - Print ∂E/∂Y, and your sum at the end of the loop beside what you return.
remembers:
  - Call your function twice with the same run: where does the first call leave something?
  - Is there a sum, or an array, that is made outside of the function?
  - Make what grows from turn to turn inside the function, before the loop; no random numbers.
any-slope:
  - run.g_1.slope(run.S[i]) is g_1'(a_i) for every activation. Does your code ask the run?
  - Where does your code say 1 - S²? That is the slope of tanh alone.
  - Print run.g_1.slope(run.S[i]) and your own factor for a run with g_1 = identity.
sum:
  - Is your answer for at=None the sum of your answers for at = 1, 2, ..., T, each with its own d_t?
    Try it with T = 1, then with T = 2: which share is different, or not there?
  - S_t has two routes to the error, through Y_t and through S_{t+1}. Has each t both, but the last?
  - In the worked example with d = (7, 5, 6), write down the own output, the next state and their
    sum at t = 3, 2, 1, on paper, and compare each of them with what your code does.
at:
  - E_at has one term for each i from 1 to `at`. How many terms does your function add up?
  - The walk back starts at S_at and ends at step 1. Look for a 3, or a run.T, that should be `at`,
    and for terms that are written out one by one where a loop belongs.
at-of-W_y:
  - E_at reaches W_y through Y_at alone. Which step does your code stop at?
  - Look for a 3, a -1 or a run.T, in the index of S or of Y, that should be `at`.
""")

LADDERS = {name: tuple(hints) for name, (_, *hints) in LADDERS.items()}

LOSS = (
    "Let d = 4 and move Y from 1 to 1.01: by how much does (d - Y)^2 change, divided by 0.01? "
    "And what is your ∂E/∂Y for these numbers?"
)
SLOPES = "Take run, d, at = {example} and print your slope at each step i beside {slope}."
PLACES = "Two places need g_1'(a_i): the way from S_i back to S_{i-1}, and that to {W} at step i."
ONE_PLACE = "The way from Y_t to W_y passes through g_2: look for its slope."
STEP = "a_i = W_x X_i + W_s S_{i-1}"
SHARED = {"{loss}": LOSS, "{slopes}": SLOPES}
ABOUT = {
    "W_s": {"{u}": "S_{i-1}", "{use}": STEP, "{places}": PLACES},
    "W_x": {"{u}": "X_i", "{use}": STEP, "{places}": PLACES},
    "W_y": {"{u}": "S_i", "{use}": "Y_i = g_2(W_y S_i)", "{places}": ONE_PLACE},
}


def what(name, weight):
    """What the answer does, in one sentence, for "W_x", "W_s" or "W_y"."""
    return about(KNOWN[name][0], weight)


def hints(name, weight):
    """The three hints for the mistake `name`, each more explicit than the one before."""
    return tuple(about(hint, weight) for hint in KNOWN[name][1:])


def about(words, weight):
    """The words with their marks filled in, but {terms} and {example}, which `diagnosis` has."""
    slope = "run.g_2.slope(run.Y[i])" if weight == "W_y" else "run.g_1.slope(run.S[i])"
    for mark, its in (SHARED | ABOUT[weight] | {"{slope}": slope, "{W}": weight}).items():
        words = words.replace(mark, its)
    return words


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
    besides = " besides" * bool(certain)
    if needed:
        these = "these mistakes together" if len(needed) > 1 else "this mistake"
        lines += [f"{LIKE_THIS} {these}{besides}:", *items(needed)]
    besides = " besides" * bool(certain or needed)
    groups = [others]
    if all(fit.any_of and {*fit.also} - {*certain} for fit in fits):  # it takes one of each
        counted = [name for name in others if name in fits[0].any_of]
        groups = [[name for name in others if name not in counted], counted]
    for group in filter(None, groups):
        one = "one of these mistakes" if len(group) > 1 else "this mistake"
        order = ", the likeliest first" * (len(group) > 1)
        lines += [f"{LIKE_THIS} {one}{besides}{order}:", *items(group)]
        besides = " besides"
    if not (certain or fact):
        lines[0] = f"Not yet. {lines[0]}"
    names = (*certain, *needed, *others)
    steps = tuple(_of_all(names, [hints(name, weight)[n] for name in names]) for n in range(3))
    return Finding(False, names, (*lines, *([note] if note else [])), steps)


def _of_all(names, its_hints):
    """One hint a line, each with the names that it belongs to if there are several."""
    whose = {hint: [] for hint in its_hints}
    for name, hint in zip(names, its_hints, strict=True):
        whose[hint].append(name)
    if len(whose) == 1:
        return its_hints[0]
    return "\n".join(f"[{', '.join(its)}] {hint}" for hint, its in whose.items())


def _in_all(groups):
    return [name for name in groups[0] if all(name in group for group in groups)]
