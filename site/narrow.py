"""The pictures of a notebook's panels for a phone, laid out as the live ones will be there."""

import hashlib
import io
import runpy
from pathlib import Path

from PIL import Image

WIDTH = 328  # CSS pixels: what a page has on the narrowest phone
PAGE = Path(__file__).resolve().parent / "live" / "bptt_page.py"


def put(folder, notebook):
    """The picture of each panel in `folder`; its name, width and height are noted in its cell."""
    from bptt_course.panels.panel import laid_out

    folder.mkdir(exist_ok=True)
    page = runpy.run_path(str(PAGE))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    for k, cell in enumerate(cells):
        if any("alt" in o.get("metadata", {}).get("image/png", {}) for o in cell["outputs"]):
            with laid_out(WIDTH, at_once=False):  # so it is laid out once, after it was set
                panel = page["executed"](sources[k], page["space_after"](sources[:k], sources[k]))
            picture = Image.open(io.BytesIO(panel.lay_out(WIDTH).png(2)))
            panel.close()
            png = _small(picture)
            name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
            (folder / name).write_bytes(png)
            cell["metadata"]["narrow"] = [name, *(side // 2 for side in picture.size)]


def _small(picture):
    """A PNG in at most 256 colours, which has a third of the bytes."""
    made = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()
