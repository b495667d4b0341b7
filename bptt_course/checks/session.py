"""The state of the exercises since the kernel started."""

import re
import sys

from bptt_course.checks.engine.verdict import tried


def exercises():
    """{name of a check: number of its exercise}, such as {"one_step": "01-A"}, in their order."""
    checks = vars(sys.modules[__package__])  # the facade imports this module, not the other way
    numbers = {name: (getattr(check, "__doc__", None) or "")[:6] for name, check in checks.items()}
    return {name: key[:4] for name, key in numbers.items() if re.fullmatch(r"\d\d-[A-Z]: ", key)}


def report():
    """Print the tries at each exercise of this notebook, and whether it is done or open.

    A notebook is known by its first check that has run. Done is what was right once.
    """
    notebooks = {key[:2] for key in tried}
    keys = sorted(key for key in exercises().values() if key[:2] in notebooks)
    done = [key for key in keys if any(finding.ok for finding in tried.get(key, ()))]
    if not keys:
        print("No check has run since the kernel started: run the check of an exercise first.")
        return
    print("exercise  tries  state")
    for key in keys:
        print(f"{key:8}  {len(tried.get(key, ())):5}  {'done' if key in done else 'open'}")
    print(f"{len(done)} of {len(keys)} done since the kernel started.")
