"""Numbers as a reader writes them, for figures and sentences: 3.5, −0.25, 2 · (−3), 4 − 1."""

import math
import sys
from functools import lru_cache

# The decimal logarithms of the largest double, 1.8e308, and of the smallest, 4.9e-324.
LARGEST, SMALLEST = math.log10(sys.float_info.max), math.log10(math.ulp(0.0))


def number(value):
    """In three figures: 3.5, −0.25, 1.2e8, inf, 20000; what is rounded keeps its zeros, as 1.00."""
    rounded = f"{value + 0:.3g}"
    if 1e3 <= abs(value) < 1e5:
        rounded = f"{value:.0f}"
    elif abs(float(rounded) - value) > 1e-9 * abs(value):
        rounded = f"{value:#.3g}"
    return _written(rounded)


def short(value, most=5):
    """A number for a small place, `most` signs beside the point: 0.085, −0.008, −8e−4."""
    text = number(value)
    for form in ("#.2g", "#.1g", ".0e"):
        if len(text.replace(".", "")) <= most:
            break
        text = _written(f"{value:{form}}")
    return text


def _written(rounded):
    digits, e, power = rounded.partition("e")
    return (digits.removesuffix(".") + (f"e{int(power)}" if e else "")).replace("-", "−")


def in_product(value):
    """A number as a factor: in brackets if it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def in_sum(values, said=number):
    """A sum written out: 12 + 8 − 2."""
    first, *others = values
    return said(first) + "".join(f" {'−' if v < 0 else '+'} {said(abs(v))}" for v in others)


def raised(exponent):
    """A whole exponent in small raised digits: ⁵⁰, ⁻³."""
    return f"{exponent:g}".translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))


@lru_cache(maxsize=4096)
def figure(value, most=5):
    """A number for a small place: 0.043, and 5.7·10⁻⁵ in place of 5.7e−5."""
    said = short(round(value, 9), most)
    if "e" not in said:
        return said
    if 1e-3 <= abs(value) < 1:
        return f"{value:.1g}".replace("-", "−")
    mantissa, exponent = f"{value:.1e}".split("e")
    return mantissa.removesuffix(".0").replace("-", "−") + "·10" + raised(int(exponent))


def counted(n, what):
    """1 step, 5 steps."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def case(*cases):
    """The words of the first case that holds, of pairs: (whether it holds, words)."""
    return next(words for holds, words in cases if holds)
