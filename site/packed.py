"""Runs in Pyodide under Node (ready.mjs): archives of Python code with the code compiled."""

import importlib.util
import io
import marshal
import warnings
import zipfile

UNCHECKED = (1).to_bytes(4, "little")  # Python does not look for a source; its hash stands there


def compiled(archive):
    """The archive with NAME.pyc in place of NAME.py, wherever that compiles; the same each time."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive.to_bytes())) as given,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out,
    ):
        for entry in given.infolist():
            name, content = entry.filename, given.read(entry)
            if name.endswith(".py"):
                name, content = _compiled(name, content)
            if not entry.is_dir():
                out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _compiled(name, source):
    try:
        with warnings.catch_warnings(action="ignore"):
            code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    except SyntaxError:  # a template, or a test of just that
        return name, source
    head = importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source)
    return f"{name}c", head + marshal.dumps(code)
