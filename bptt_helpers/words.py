"""Numbers as a reader writes them, for figures and sentences: 3.5, −0.25, 2 · (−3), 4 − 1."""


def number(value):
    """A number in three figures: 3.5, −0.25, 1.2e8, inf; what is rounded keeps its zeros, as 1.00.

    Whole thousands are written out: 1250, 20000.
    """
    rounded = f"{value + 0:.3g}"
    if abs(float(rounded) - value) > 1e-9 * abs(value):
        rounded = f"{value:.0f}" if 1e3 <= abs(value) < 1e5 else f"{value:#.3g}"
    elif 1e3 <= abs(value) < 1e5:
        rounded = f"{value:.0f}"
    digits, e, power = rounded.partition("e")
    return (digits.removesuffix(".") + (f"e{int(power)}" if e else "")).replace("-", "−")


def in_product(value):
    """A number as a factor: in brackets if it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def in_sum(values):
    """A sum written out: 12 + 8 − 2."""
    first, *others = values
    return number(first) + "".join(f" {'−' if v < 0 else '+'} {number(abs(v))}" for v in others)
