"""pyproject.toml, environment.yml and the locks say the same."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["requirements.lock", "requirements-site.lock", "requirements-test.lock"]
BROWSER_LOCKS = [
    "site/wheels.lock",
    "site/lite.lock",
    "site/carrier.lock",
    "teaching/slides/lab.lock",
]
EXTRAS = ["lab", "site", "test"]
CONDA_NAMES = {"matplotlib-base": "matplotlib"}  # matplotlib without its desktop windows

MACHINES = [
    {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": platform,
        "os_name": "nt" if platform == "win32" else "posix",
        "implementation_name": "cpython",
        "platform_machine": "x86_64",
    }
    for python in ("3.11", "3.12", "3.13", "3.14")
    for platform in ("linux", "darwin", "win32")
]


def ranges(requirements):
    """Names and ranges of requirements: {"numpy": SpecifierSet(">=2.0,<3"), ...}."""
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in parsed}


BASE = ranges(PROJECT["project"]["dependencies"])
LAB, SITE, TEST = (ranges(PROJECT["project"]["optional-dependencies"][e]) for e in EXTRAS)
RUN = BASE | LAB  # what the extra says of a package is narrower
BUILD = ranges(PROJECT["build-system"]["requires"])
ALWAYS = RUN | BUILD
DIRECT = dict(zip(LOCKS, (ALWAYS, ALWAYS | SITE, ALWAYS | SITE | TEST), strict=True))


def locked(name):
    """The entries of a lock: (name, version, marker, number of hashes)."""
    text = re.sub(r"^\s*#.*$", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = []
    for entry in text.replace("\\\n", " ").splitlines():
        if entry.strip():
            pin, _, marker = entry.partition("--hash")[0].partition(";")
            package, version = pin.strip().split("==")
            entries.append((package, version, marker.strip(), entry.count("--hash=sha256:")))
    return entries


def locked_for(machine, name):
    """What a lock has for a machine: (name, version, number of hashes)."""
    return [
        (package, version, hashes)
        for package, version, marker, hashes in locked(name)
        if not marker or Marker(marker).evaluate(machine)
    ]


def which(machine):
    return f"{machine['python_version']}-{machine['sys_platform']}"


def conda_environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


# --- the ranges -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ALWAYS | SITE | TEST))
def test_range_has_two_ends(name):
    operators = {part.operator for part in (ALWAYS | SITE | TEST)[name]}
    assert {">=", "<"} <= operators


def test_the_package_alone_fits_into_google_colab():
    colab = {"numpy": "2.0.2", "matplotlib": "3.10.0", "ipywidgets": "7.7.1"}
    assert set(BASE) == set(colab)
    assert all(BASE[name].contains(version) for name, version in colab.items())


@pytest.mark.parametrize(
    ("name", "admitted", "excluded"),
    [("numpy", "2.0.0", "3.0.0"), ("matplotlib", "3.9.0", "4.0.0")],
)
def test_range_admits_the_oldest_promised_and_excludes_the_next_major(name, admitted, excluded):
    assert RUN[name].contains(admitted)
    assert not RUN[name].contains(excluded)


def test_the_locked_build_backend_is_the_one_that_builds():
    assert ranges(PROJECT["dependency-groups"]["build"]) == BUILD


# --- the conda environment ------------------------------------------------------------------------


def test_conda_names_and_ranges_are_those_of_pyproject():
    lines = [line for line in conda_environment()["dependencies"] if isinstance(line, str)]
    conda = ranges(lines)
    assert conda.pop("python") == SpecifierSet(PROJECT["project"]["requires-python"])
    assert conda.pop("pip") == SpecifierSet("")
    assert {CONDA_NAMES.get(name, name): range_ for name, range_ in conda.items()} == RUN | BUILD


def test_conda_takes_its_packages_from_conda_forge_and_ours_from_here():
    environment = conda_environment()
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}


def test_conda_says_what_each_package_is_for():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    packages = re.search(r"- python.*\n((?:  - .*\n)+?)  - pip:\n", text).group(1).splitlines()
    assert len(packages) == len(conda_environment()["dependencies"]) - 2
    assert [line for line in packages if not re.search(r"\S  # \w+", line)] == []


# --- the locks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", [*LOCKS, *BROWSER_LOCKS])
def test_every_entry_has_hashes(lock):
    assert [name for name, _, _, hashes in locked(lock) if hashes == 0] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_version_is_inside_its_range(lock):
    outside = [
        f"{name}=={version}"
        for name, version, _, _ in locked(lock)
        if not DIRECT[lock].get(name, SpecifierSet("")).contains(version)
    ]
    assert outside == []


@pytest.mark.parametrize("machine", MACHINES, ids=which)
@pytest.mark.parametrize("lock", LOCKS)
def test_every_machine_finds_each_direct_dependency_once(lock, machine):
    here = [name for name, _, _ in locked_for(machine, lock)]
    assert len(here) == len(set(here))
    assert set(DIRECT[lock]) <= set(here)


@pytest.mark.parametrize("machine", MACHINES, ids=which)
@pytest.mark.parametrize(("small", "large"), list(pairwise(LOCKS)))
def test_each_lock_holds_the_one_before(small, large, machine):
    assert set(locked_for(machine, small)) <= set(locked_for(machine, large))


# --- the workflow ---------------------------------------------------------------------------------


def jobs(workflow):
    text = (ROOT / ".github" / "workflows" / workflow).read_text(encoding="utf-8")
    return yaml.safe_load(text)["jobs"]


JOBS, SITE_JOBS = jobs("tests.yml"), jobs("site.yml")


def test_each_job_has_pytorch_or_says_that_it_goes_without():
    """Under CI=true a missing PyTorch fails the tests, but for where PYTORCH=none is said."""
    for name, job in JOBS.items():
        has_pytorch = any(step.get("run") == ".ci/run" for step in job["steps"])
        goes_without = job.get("env", {}).get("PYTORCH") == "none"
        assert has_pytorch != goes_without, name


def test_actions_are_githubs_own_at_a_commit_and_the_checkout_keeps_no_credentials():
    every_job = [*JOBS.values(), *SITE_JOBS.values()]
    steps = [step for job in every_job for step in job["steps"] if "uses" in step]
    pinned = re.compile(r"actions/[\w-]+@[0-9a-f]{40}")
    assert [step["uses"] for step in steps if not pinned.fullmatch(step["uses"])] == []
    checkouts = [step for step in steps if step["uses"].startswith("actions/checkout@")]
    assert len(checkouts) == len(JOBS) + 1
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


def test_the_workflow_installs_nothing_without_a_hash_beside_the_ranges_that_it_tries():
    runs = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]
    free = [run for run in runs if "pip install" in run and "--require-hashes" not in run]
    assert [run for run in free if '-e ".[lab,site,test]"' not in run] == []


def test_only_the_jobs_that_publish_may_write_and_they_run_nothing_of_ours():
    assert [job for job in JOBS.values() if "permissions" in job] == []
    may = {name: job.get("permissions") for name, job in SITE_JOBS.items()}
    assert may["build"] is None
    for name in set(may) - {"build"}:
        runs = [step.get("run", "") for step in SITE_JOBS[name]["steps"]]
        assert [run for run in runs if re.search(r"python|pip|npm|\.ci/", run)] == []


def test_the_conda_environment_alone_runs_the_notebooks():
    runs = [step["run"] for step in JOBS["conda"]["steps"] if "run" in step]
    assert "environment.yml" in runs[0]
    assert runs[1] == "pytest --nbval notebooks"
    assert "pytest --nbval notebooks" in (ROOT / "README.md").read_text(encoding="utf-8")


# --- no host names --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*LOCKS, *BROWSER_LOCKS, "environment.yml", "pyproject.toml"])
def test_names_no_host_no_index_and_no_folder_of_a_machine(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert (
        re.findall(r"\w+://\S*|--(?:extra-)?index-url|--find-links|/(?:home|tmp|root)/", text) == []
    )


def test_no_root_file_names_a_package_registry():
    files = [path for path in ROOT.iterdir() if path.is_file()]
    files += [ROOT / ".ci" / "run", *(ROOT / ".github" / "workflows").glob("*")]
    files += [path for path in (ROOT / "site").rglob("*") if path.is_file()]
    registry = re.compile(r"\b(?:pypi|pythonhosted|anaconda)\.\w")
    named = [str(path) for path in files if registry.search(path.read_text("utf-8", "replace"))]
    assert named == []
