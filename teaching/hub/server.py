"""One user's server: lays the notebooks into the home, where they are not yet, and starts.

It runs as that user, so that nothing is written there with the rights of root.
"""

import hashlib
import itertools
import os
import shutil
import sys
import tempfile
from pathlib import Path

HUB = Path(__file__).resolve().parent
KEY = ".edition"  # in each copy: which edition it was made from
START = "01_forward_pass.ipynb"


def lay_out(notebooks, folder):
    """The user's writable copy of this edition, made where there is none; nothing is written over.

    The first is `folder`/notebooks. Of each later edition one is laid beside it: notebooks-2, ...
    `folder`/original leads to the edition itself, which nobody but its owner can write.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    edition = edition_of(notebooks)
    for key in sorted(folder.glob(f"notebooks*/{KEY}")):
        if key.read_text(encoding="utf-8") == edition:
            return key.parent
    made = folder / f".new-{os.getpid()}"
    try:
        made.mkdir(mode=0o700)
        for file in files_of(notebooks):
            target = made / file.relative_to(notebooks)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        (made / KEY).write_text(edition, encoding="utf-8")
        names = itertools.chain(["notebooks"], (f"notebooks-{n}" for n in itertools.count(2)))
        place = next(folder / name for name in names if not os.path.lexists(folder / name))
        made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    original = folder / "original"
    if original.is_symlink() and not original.exists():
        original.unlink()  # it led to an edition that has gone
    if not os.path.lexists(original):
        original.symlink_to(notebooks, target_is_directory=True)
    return place


def files_of(notebooks):
    """The files of an edition, in order; hidden ones are not of it."""
    found = (path for path in notebooks.rglob("*") if path.is_file())
    return sorted(p for p in found if not any(x[0] == "." for x in p.relative_to(notebooks).parts))


def edition_of(notebooks):
    """A short name of what the files say, and of theirs."""
    all_of_it = hashlib.sha256()
    for file in files_of(notebooks):
        for part in (file.relative_to(notebooks).as_posix().encode(), file.read_bytes()):
            all_of_it.update(len(part).to_bytes(8, "big") + part)
    return all_of_it.hexdigest()[:12]


def place_for(notebooks, folder):
    """The folder to open: the copy of this edition, or the next best where none can be made.

    That is the last copy there is, and without one the edition itself, where nothing can be saved.
    """
    try:
        return lay_out(notebooks, folder)
    except OSError as error:
        keys = sorted(folder.glob(f"notebooks*/{KEY}"), key=lambda key: key.stat().st_mtime)
        place = keys[-1].parent if keys else notebooks
        print(f"No copy could be made in {folder}: {error}. {place} is opened.", file=sys.stderr)
        return place


def is_full(home):
    """Whether the little that Jupyter writes at its start finds no room there."""
    try:
        with tempfile.TemporaryFile(dir=home, buffering=0) as file:
            return file.write(bytes(2**17)) < 2**17
    except OSError:
        return True


def main(notebooks, *options):
    os.umask(0o077)
    copy = place_for(Path(notebooks), Path.home() / "bptt")
    root = copy if copy == Path(notebooks) else copy.parent
    os.environ["JUPYTERHUB_ROOT_DIR"] = str(root)
    place = copy / START if (copy / START).exists() else copy
    os.environ["JUPYTERHUB_DEFAULT_URL"] = f"/lab/tree/{place.relative_to(root).as_posix()}"
    os.environ["JUPYTER_PATH"] = os.environ["JUPYTER_CONFIG_PATH"] = str(HUB / "share")
    os.chdir(root)
    sys.path.append(str(Path(sys.prefix, "hub", "lib")))
    sys.argv[1:] = options
    sys.modules["rfc3987_syntax"] = None  # a check that is not made: 15 MB, and 2 s of each start
    from jupyterhub.singleuser import main as serve

    with tempfile.TemporaryDirectory(prefix="jupyter-") as spare:
        os.environ["JUPYTER_RUNTIME_DIR"] = spare  # no kernel waits for room in the home
        if is_full(Path.home()):
            os.environ |= {"JUPYTER_DATA_DIR": spare, "IPYTHONDIR": f"{spare}/ipython"}
        serve()


if __name__ == "__main__":
    del sys.path[0]
    main(*sys.argv[1:])
