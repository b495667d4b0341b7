"""How quick the passes are: forward + backward beside PyTorch, JAX, HIPS autograd and the floor.

    python benchmarks/bptt_speed.py [--sizes 3,1,1 30,16,1] [--dtypes float64] [--seconds 10]
                                    [--frameworks torch jax autograd] [--parts passes sweep length]
                                    [--clock wall|cpu] [--plot speed.png]

- passes   E = Σ_t (d_t - Y_t)², Y_t = W_y S_t, and its gradient for all three weights, for each
           size T,n_s,B and number format. Same numbers for all, gradients compared, contenders in
           turn again and again: the tables show medians, and medians of each turn's ratios.
- sweep    |∂S_T/∂S_k| at all lags for 401 values of a scalar W_s at T = 100.
- length   time and memory of one pass against T, up to 100,000 (drawn into the --plot file).

n_x = n_y = n_s unless --n-x, --n-y say otherwise; B = 1 is one sequence of vectors, n_s = B = 1 a
scalar network. Each contender computes on one thread (PyTorch on two as well); each gets its data
in the layout it likes best, outside the clock. The floor is NumPy doing the matrix products of both
passes and nothing else, in the best layout and into memory it already has; a second floor takes the
tanh of each state as well: no NumPy code can go below it. Frameworks that are not installed are
left out by name: `pip install torch jax autograd threadpoolctl` for all of them.
"""

import argparse
import ctypes
import importlib
import importlib.util
import os
import platform
import statistics
import sys
import time
import tracemalloc

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = " ".join(
    [
        os.environ.get("XLA_FLAGS", ""),
        "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    ]
)

import numpy as np  # noqa: E402
from bptt_contenders import CONTENDERS, FLOORS, ours, problem  # noqa: E402

from bptt_helpers import bptt, rnn  # noqa: E402
from bptt_course.panels.nb07_vanishing_exploding import flow_back, states  # noqa: E402

SIZES = ["3,1,1", "3,4,1", "30,16,1", "100,64,1", "100,64,32", "200,256,32", "1000,64,16"]
LENGTHS = [100, 1_000, 10_000, 100_000]
FRAMEWORKS = ("torch", "jax", "autograd")
AGREE = {"float64": 1e-9, "float32": 1e-3}  # of the largest entry of a gradient


# The clock


def in_turn(functions, seconds, clock, threads=None, at_least=3, at_most=200):
    """Seconds a call, in a list for each function: all of them in turn, for so many `seconds`."""
    set_threads = getattr(sys.modules.get("torch"), "set_num_threads", lambda n: None)
    threads = threads or {}
    repeats, times = {}, {name: [] for name in functions}
    for name, function in functions.items():
        set_threads(threads.get(name, 1))
        repeats[name] = max(1, round(0.002 / once(function, time.perf_counter)))
    end = time.monotonic() + seconds
    for turn in range(at_most):
        if turn >= at_least and time.monotonic() > end:
            break
        for name, function in functions.items():
            set_threads(threads.get(name, 1))
            function()  # what the last contender left in the caches is not this one's fault
            times[name].append(once(function, clock, repeats[name]))
    return times


def once(function, clock, repeats=1):
    start = clock()
    for _ in range(repeats):
        function()
    return (clock() - start) / repeats


def ratio(times, name, to):
    return statistics.median(a / b for a, b in zip(times[name], times[to], strict=True))


# The three parts


def passes(sizes, dtypes, frameworks, seconds, clock, n_x=None, n_y=None):
    """Print the tables of the first part; returns the contenders whose gradients differ."""
    names = [
        name
        for name, (framework, _, threads) in CONTENDERS.items()
        if framework in (None, *frameworks) and not (threads > 1 and clock is time.process_time)
    ]
    wrong = []
    for dtype in dtypes:
        medians, ratios, differences = [], [], []
        for size in sizes:
            given = problem(*size, getattr(np, dtype), n_x, n_y)
            times, compilation, difference = compare(given, names, seconds, clock)
            wrong += [(*size, dtype, name) for name, o in difference.items() if o > AGREE[dtype]]
            label = ",".join(map(str, size))
            differences.append(f"{label}: {max(difference.values(), default=0):.0e}")
            median = {name: milliseconds(statistics.median(times[name])) for name in times}
            medians.append([label, *(median.get(name, "") for name in names), *compilation])
            by_ours = {name: f"{ratio(times, name, 'ours'):.2f}" for name in times}
            floors = [name for name in FLOORS if name in times]
            by_ours |= {name: f"{ratio(times, 'ours', name):.2f}" for name in floors}
            ratios.append([label, *(by_ours.get(name, "") for name in names[1:])])
            print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        headings = ["T,n_s,B", *names, *(["JAX compilation"] if "JAX jit" in names else [])]
        table(f"{dtype}: median ms a call", headings, medians)
        headings = ["T,n_s,B", *(f"ours / {n}" if n in FLOORS else n for n in names[1:])]
        table(f"{dtype}: times as long as ours (median ratio)", headings, ratios)
        print("Largest difference of a gradient from ours:", "; ".join(differences))
    return wrong


def compare(given, names, seconds, clock):
    """Times of a call by contender, JAX's compilation, and gradients' largest difference."""
    functions = {name: CONTENDERS[name][1](given) for name in names}
    functions = {name: function for name, function in functions.items() if function is not None}
    compilation = []  # a cell of the table, where there is JAX
    if "JAX jit" in functions:
        compilation = [f"{once(functions['JAX jit'], time.perf_counter):.2f} s"]
    mine = functions["ours"]()
    difference = {
        name: off(function(), mine)
        for name, function in functions.items()
        if name not in ("ours", *FLOORS)
    }
    threads = {name: CONTENDERS[name][2] for name in names}
    return in_turn(functions, seconds, clock, threads), compilation, difference


def off(theirs, mine):
    """The largest difference of an entry, over the largest entry of its gradient."""
    pairs = [
        (np.asarray(a, float).reshape(np.shape(b)), b) for a, b in zip(theirs, mine, strict=True)
    ]
    return max(np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in pairs)


def sweep(frameworks, seconds, clock):
    W_s, T, S_0, X, d = np.linspace(-2, 2, 401), 100, 0.5, 0.7, 0.3

    def in_one_call():
        return flow_back(states(W_s, T, S_0, X, "tanh"), W_s, "tanh")

    def runs():
        return (rnn.forward(np.full(T, X), S_0, rnn.Weights(1, w, 1)) for w in W_s)

    def total_only():
        return np.array([bptt.backward(run, d, at=T).dE_dW_s for run in runs()])

    def one_by_one():
        rows = []
        for run in runs():
            terms = bptt.chain_rule_terms(run, d, at=T)
            factors = np.append(terms.dS_da[1:] * run.weights.W_s, 1)  # ∂S_t/∂S_{t-1}, then 1
            rows.append(np.abs(np.cumprod(factors[::-1])))
        return (np.array(rows),)

    functions = {
        "ours, one call": in_one_call,
        "ours, once for each W_s": one_by_one,
        "ours, the total alone for each W_s": total_only,
    }
    if "jax" in frameworks:
        functions["JAX vmap"] = jax_sweep(W_s, T, S_0, X)
    reference = one_by_one()
    results = [(10.0 ** in_one_call()[2].T,), *(functions[n]() for n in functions if "JAX" in n)]
    worst = max(off(result, reference) for result in results)
    times = in_turn(functions, seconds, clock)
    rows = []
    for name in functions:
        median, by_ours = statistics.median(times[name]), ratio(times, name, "ours, one call")
        rows.append([name, milliseconds(median), f"{by_ours:.2f}"])
    table("401 values of W_s at T = 100, float64", ["", "median ms", "× one call"], rows)
    print(f"Largest difference of a |∂S_T/∂S_k|: {worst:.0e}")
    return [("sweep",)] if not worst < AGREE["float64"] else []


def jax_sweep(W_s, T, S_0, X):
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def one(W_s):
        def step(S, _):
            S = jnp.tanh(X + W_s * S)
            return S, W_s * (1 - S**2)  # ∂S_t/∂S_{t-1}

        _, factors = jax.lax.scan(step, S_0, None, length=T)
        return jnp.abs(jnp.cumprod(jnp.append(1.0, factors[::-1])))

    vmapped, W_s = jax.jit(jax.vmap(one)), jnp.asarray(W_s)
    return lambda: (jax.block_until_ready(vmapped(W_s)),)


def length(clock, file=None):
    rows, curves = [], {}
    for n_s in (1, 64):
        for T in LENGTHS:
            given = problem(T, n_s, 1, np.float64)
            function = ours(given)
            times = in_turn({"ours": function}, 3, clock, at_least=3, at_most=15)["ours"]
            seconds, peak = statistics.median(times), peak_memory(function)
            kind = "a scalar network" if n_s == 1 else f"n_s = {n_s}"
            curves.setdefault(kind, []).append((T, seconds, peak))
            step = [f"{1e6 * seconds / T:.2f}", f"{peak / T:.0f}"]
            rows.append([kind, f"{T:,}", milliseconds(seconds), f"{peak / 1e6:.2f}", *step])
    headings = ["", "T", "median ms", "peak MB", "µs a step", "bytes a step"]
    table("Forward + backward against T", headings, rows)
    if file:
        plot_length(curves, file)


def peak_memory(function):
    """Bytes at the highest point of one call, its results included, its inputs not."""
    tracemalloc.start()
    result = function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del result
    return peak


def plot_length(curves, file):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for (kind, points), colour, marker in zip(
        curves.items(), ("#0072B2", "#D55E00"), "os", strict=True
    ):
        T, seconds, peak = np.transpose(points)
        for axes, values in ((left, 1e3 * seconds), (right, peak / 1e6)):
            axes.loglog(T, values, marker=marker, color=colour)
            axes.loglog(T, values[-1] * T / T[-1], ":", color="0.5", zorder=0)
            above = {"xytext": (-8, 6), "ha": "right", "va": "bottom"}
            below = {"xytext": (10, -6), "ha": "left", "va": "top"}
            place = {"textcoords": "offset points", **(below if marker == "o" else above)}
            axes.annotate(kind, (T[1], values[1]), color=colour, fontsize=12, **place)
    for axes, label in ((left, "time, ms"), (right, "peak memory, MB")):
        axes.set_xlabel("number of steps T", fontsize=12)
        axes.set_title(f"Forward + backward: {label}", fontsize=13)
        axes.tick_params(labelsize=11)
        axes.grid(alpha=0.3)
    figure.suptitle("Dotted: in proportion to T", fontsize=11, color="0.4")
    figure.savefig(file, dpi=110)
    print(f"Plot: {file}")


# Tables and surroundings


def table(title, headings, rows):
    print(f"\n{title}\n")
    cells = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    widths = [max(len(row[k]) for row in cells) for k in range(len(headings))]
    for row in cells:
        print("|", " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)), "|")
    print(flush=True)


def milliseconds(seconds):
    return f"{1e3 * seconds:.3g}" if seconds < 0.1 else f"{1e3 * seconds:.0f}"


def surroundings(frameworks):
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores")
    if importlib.util.find_spec("threadpoolctl"):
        for pool in importlib.import_module("threadpoolctl").threadpool_info():
            if pool["user_api"] == "blas":
                kernel = pool.get("architecture", "unknown kernel")
                version = f"{pool['internal_api']} {pool['version']}"
                print(f"NumPy's products: {version}, {kernel}, {pool['num_threads']} thread(s)")
    else:
        print("threadpoolctl is not installed: the kernel of NumPy's products is not shown")
    for name in frameworks:
        if importlib.util.find_spec(name):
            version = importlib.import_module("importlib.metadata").version(name)
            print(f"{name} {version}")
        else:
            print(f"{name} is not installed and left out: pip install {name}")
    return [name for name in frameworks if importlib.util.find_spec(name)]


def keep_freed_memory():
    """Let glibc keep what is freed for the next call, as it does in a process that has run a while.

    Otherwise it hands large arrays back and asks for them again at each call, or does not,
    depending on what was measured before.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            trim_threshold, mmap_threshold = -1, -3
            libc.mallopt(trim_threshold, 2**31 - 1)
            libc.mallopt(mmap_threshold, 2**30)


def size(text):
    """'30,16,1' as (30, 16, 1)."""
    numbers = tuple(int(part) for part in text.split(","))
    if len(numbers) != 3 or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"expected T,n_s,B, such as 30,16,1, got {text!r}")
    return numbers


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", type=size, default=[size(s) for s in SIZES])
    parser.add_argument("--dtypes", nargs="+", choices=AGREE, default=list(AGREE))
    parser.add_argument("--n-x", type=int, help="inputs (default: as many as states)")
    parser.add_argument("--n-y", type=int, help="outputs (default: as many as states)")
    parser.add_argument("--frameworks", nargs="*", choices=FRAMEWORKS, default=list(FRAMEWORKS))
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=("passes", "sweep", "length"),
        default=["passes", "sweep", "length"],
    )
    parser.add_argument("--seconds", type=float, default=10, help="for each size (default 10)")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: time of this process alone, for a busy machine; one thread only",
    )
    parser.add_argument(
        "--system-memory",
        action="store_true",
        help="leave to the system's allocator what it does with freed memory",
    )
    parser.add_argument("--plot", metavar="FILE", help="draw the part `length` into this file")
    return parser.parse_args()


def main():
    options = arguments()
    if not options.system_memory:
        keep_freed_memory()
    clock = time.process_time if options.clock == "cpu" else time.perf_counter
    frameworks = surroundings(options.frameworks)
    wrong = []
    if "passes" in options.parts:
        wrong += passes(
            options.sizes,
            options.dtypes,
            frameworks,
            options.seconds,
            clock,
            options.n_x,
            options.n_y,
        )
    if "sweep" in options.parts:
        wrong += sweep(frameworks, options.seconds, clock)
    if "length" in options.parts:
        length(clock, options.plot)
    return f"Results differ: {wrong}" if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
