"""Slides of a notebook for the projector, made from its own cells.

Each heading begins a slide, and so does each panel and each cell that settles a bet. A bet comes
with its options, if it has some in bets.csv. What a cell prints and the answer wait for a key. A
picture hides its code. Exercises come with their task, without hints and solution; what stands
behind the other folds is left out. In JupyterLab each cell runs as its slide comes up, and a slide
with room to spare has larger letters. The notebook itself is not changed.
"""

import base64
import html
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from math import ceil
from pathlib import Path

import bets
import hub

TEACHING = Path(__file__).resolve().parent
NOTEBOOKS = TEACHING.parent / "notebooks"

# JupyterLab begins as slides; their letters for the back row are in slides/live.css.
LIVE = {
    "jupyterlab-slideshow:plugin": {"active": True},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

# What a block of prose is, by how it begins.
KINDS = {
    r"#+ ": "heading",
    r"> \*\*Bet": "bet",
    r"<details>\n<summary>(Answers?|What do you see\?)</summary>": "answer",
    r"<details>|\*Notebook \d|\*\*(Prerequisites|Time|How to read)\.|\*Sources": "skip",
    r"Run (this|the next( two)?) cell|Check your answer": "skip",
}
PROSE = ("heading", "prose", "bet")
ROLES = {"heading": "slide", "answer": "fragment", "skip": "skip"}
LEAD_IN = 25  # words that share a slide with the code they lead to
BESIDE_A_BET = 110  # words that share a slide with the bet below them
AFTER_AN_ANSWER = 60  # words that come up below it on its slide
ROOM, TALLEST = 672, 560  # pixels of a slide between its margins, and of a picture at most
LARGE = 1.3  # times the usual size: letters of a slide with room for it
LINE = 104  # letters of code that stand in one line
# Pixels for which a panel is laid out, the least at which its parts stand beside each other. Below
# each other, with letters of 18, they would make eleven of sixteen panels 758 to 1,418 high.
WIDTH = 864
IN_A_ROW = 50  # letters of a bet's options, and of the gaps, that stand in one line


def add_to(commands):
    """Add the command `present` to those of the command line."""
    command = commands.add_parser("present", help=__doc__.split(":")[0], description=__doc__)
    command.set_defaults(command=present)
    command.add_argument("notebook", metavar="NOTEBOOK", help="its number or name, such as 07")
    command.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write the slides into one page, pictures in place of panels, instead of opening them",
    )


def present(options):
    """Open the slides of a notebook, or write them into one page, and return the exit code."""
    found = sorted(NOTEBOOKS.glob(f"{Path(options.notebook).stem}*.ipynb"))
    if len(found) != 1:
        return _stop(f"There is no one notebook '{options.notebook}' in {NOTEBOOKS}.")
    notebook = json.loads(found[0].read_text(encoding="utf-8"))
    return write(notebook, options.html) if options.html else open_live(notebook, found[0].name)


def write(notebook, file):
    """Write the slides into one page of HTML, and return the exit code."""
    if file.exists():
        return _stop(f"{file} is there already, and nothing is written over: name another")
    try:
        page = deck(notebook)
        with open(file, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(page)
    except ImportError:
        return _stop("The slides need MathJax. Get it once, with: python3 start.py setup")
    except OSError as error:
        return _stop(f"The slides could not be written: {error}")
    print(f"Open it in a browser, and press the space bar: {file.resolve()}")
    return 0


def slideshow():
    """The folder of what JupyterLab needs for slides, installed by the first call."""
    locks = [TEACHING / "slides" / "lab.lock"]
    return hub.apart("slideshow", locks, "Getting JupyterLab's slides (1.3 MB).") / "lib"


def open_live(notebook, name):
    """Open JupyterLab on a copy for presenting, which goes when it is closed."""
    try:
        extension = slideshow()
    except (OSError, subprocess.CalledProcessError):
        return _stop("That did not work. Without it you can present pictures: add --html FILE.")
    with tempfile.TemporaryDirectory() as folder:
        environment = live_copy(notebook, name, Path(folder))
        parts = extension / "share" / "jupyter", TEACHING / "slides"
        environment["JUPYTER_PATH"] = os.pathsep.join(map(str, parts))
        print(
            "Opening the slides. F11 gives them the whole screen. The space bar goes on, "
            "Shift and space bar back; Escape ends.",
            flush=True,
        )
        command = [sys.executable, "-m", "jupyterlab", f"--LabApp.default_url=/lab/tree/{name}"]
        command += [f"--ServerApp.root_dir={folder}/notebooks"]
        command += ["--ServerApp.allow_root=True"] * (os.name != "nt" and os.geteuid() == 0)
        try:
            return subprocess.call(command, env={**os.environ, **environment})
        except KeyboardInterrupt:
            return 0


def live_copy(notebook, name, folder):
    """Copy the series, with one notebook as slides; return what JupyterLab's settings need."""
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    slides = for_slides(notebook)
    for cell in slides["cells"]:
        if slide_type(cell) != "skip":
            cell["source"] = cell["source"].replace("<details>", "<details open>")
    text = json.dumps(slides, ensure_ascii=False, indent=1)
    (folder / "notebooks" / name).write_text(text, encoding="utf-8")
    (folder / "config" / "labconfig").mkdir(parents=True)
    overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.write_text(json.dumps(LIVE), encoding="utf-8")
    settings = folder / "config" / "jupyter_lab_config.json"
    settings.write_text(
        '{"LabApp": {"custom_css": true, "extension_manager": "readonly"}}', encoding="utf-8"
    )
    (folder / "config" / "custom").mkdir()
    shutil.copy(TEACHING / "slides" / "live.css", folder / "config" / "custom" / "custom.css")
    return {"JUPYTER_CONFIG_DIR": f"{folder}/config", "BPTT_WIDTH": str(WIDTH)}


def for_slides(notebook):
    """The notebook with its prose cut where a slide or a fragment begins, each cell marked."""
    cells, slide, used = [], [], 0  # the slide so far, as kinds and texts, and its height
    options = {row["question"]: row["options"] for row in bets.read()}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        is_code = cell["cell_type"] == "code"
        for number, block in enumerate([source] if is_code else blocks(source)):
            kind = kind_of_code(cell) if is_code else kind_of_prose(block)
            block = with_options(block, options) if kind == "bet" else block
            height = height_of_code(cell) if is_code else height_of_prose(block)
            role = role_of(kind, block, slide, used + height > ROOM)
            if kind == "heading" and [kind for kind, _ in slide] == ["heading"]:
                role = "-"  # no slide has a heading alone
            if role in ("slide", "subslide"):
                slide, used = [], 0
            if role != "skip":
                slide.append(("answer" if role == "fragment" else kind, block))
                used += height
            last = slide_type(cells[-1]) if cells else "skip"
            if role == "-" and not is_code and last != "skip" and slide[-2][0] in PROSE:
                cells[-1]["source"] += f"\n\n{block}"  # one press of a key for all of it
                continue
            part = {**cell, "source": block, "metadata": {**cell["metadata"]}}
            if role != "-":
                part["metadata"]["slideshow"] = {"slide_type": role}
            if is_code and (kind == "panel" or is_picture(cell)):
                part["metadata"]["jupyter"] = {**cell["metadata"].get("jupyter", {})}
                part["metadata"]["jupyter"]["source_hidden"] = True
            cells.append({**part, "id": f"{cell['id']}-{number}"} if number else part)
    for slide in by_slide(cells):
        if has_room(slide):
            for cell in slide:
                cell["metadata"]["large"] = True
    return {**notebook, "cells": cells}


def by_slide(cells):
    """The cells of each slide, one list after another."""
    found = []
    for cell in cells:
        role = slide_type(cell)
        if role in ("slide", "subslide") or not found:
            found.append([])
        if role != "skip":
            found[-1].append(cell)
    return found


def has_room(slide):
    """Whether a slide has room for large letters, and no picture or panel that fills it anyway."""
    codes = [cell for cell in slide if cell["cell_type"] == "code"]
    texts = [cell["source"] for cell in slide if cell["cell_type"] != "code"]
    if any(kind_of_code(cell) == "panel" or is_picture(cell) for cell in codes):
        return False
    if any(r"\quad" in text or r"\qquad" in text for text in texts):  # two formulas side by side
        return False
    if any(len(line) > LINE / LARGE for cell in codes for line in lines_of_code(cell)):
        return False
    height = sum(height_of_code(cell, LARGE) for cell in codes)
    return height + sum(height_of_prose(text, LARGE) for text in texts) <= 0.85 * ROOM


def with_options(bet, options):
    """A bet, and below it A, B, C and D to vote for."""
    lines = []
    for line in bet.splitlines():
        lines.append(line)
        asked = bets.ASKED.match(line)
        choices = options.get(bets.plain(asked[1]), "") if asked else ""
        if choices:
            choices = choices.split(bets.BETWEEN)
            is_short = len("".join(choices)) + 6 * len(choices) <= IN_A_ROW
            gap = " &emsp; " if is_short else "  \n> "
            named = zip("ABCD", map(in_markdown, choices), strict=False)
            lines += [">", "> " + gap.join(f"**{letter}** {choice}" for letter, choice in named)]
    return "\n".join(lines)


def in_markdown(text):
    """Plain text of bets.csv with its subscripts as formulas: W_s becomes $W_s$."""
    text = re.sub(r"(\w)_([A-Za-z0-9]+|\{.*?\})", r"$\1_{\2}$", text).replace("$ᵀ", r"^\top$")
    return text.replace("*", r"\*")


def slide_type(cell):
    """slide, subslide, fragment or skip; "-" goes on with what comes before."""
    return cell["metadata"].get("slideshow", {}).get("slide_type", "-")


def blocks(markdown):
    """The paragraphs, lists, tables and folds of a text, one after another."""
    found, depth, is_fenced = [[]], 0, False
    for line in markdown.splitlines():
        if not (line.strip() or depth or is_fenced):
            found.append([])
            continue
        if line.startswith(" ") and not found[-1] and len(found) > 1:
            found.pop()  # a list goes on after an empty line
            found[-1].append("")
        depth += line.count("<details>") - line.count("</details>")
        is_fenced ^= line.startswith("```")
        found[-1].append(line)
    return ["\n".join(lines) for lines in found if lines]


def kind_of_prose(block):
    return next((kind for sign, kind in KINDS.items() if re.match(sign, block)), "prose")


def kind_of_code(cell):
    source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
    if "hide-output" in tags:
        return "settling"
    if "panels." in source:
        return "panel"
    return "skip" if source.startswith("checks.") else "code"


def role_of(kind, block, slide, is_full):
    """The `slide_type` of what comes next, after what is on the slide already."""
    before = slide[-1][0] if slide else ""
    words = sum(len(text.split()) for _, text in slide)
    if kind in ROLES and not (kind == "answer" and is_full):
        return ROLES[kind]
    if is_full and (slide[1:] or before != "heading"):
        return "subslide"
    if kind == "prose" and before in ("settling", "answer") and not block.endswith(":"):
        return "fragment" if len(block.split()) <= AFTER_AN_ANSWER else "subslide"
    kinds = {kind for kind, _ in slide}
    is_lead_in = kinds == {"heading"} or (words <= LEAD_IN and kinds <= {"prose"})
    is_next = {
        "panel": True,
        "settling": not is_lead_in,
        "bet": before in ("code", "panel", "settling", "answer") or words > BESIDE_A_BET,
    }.get(kind, before in ("panel", "settling", "answer"))
    return "subslide" if is_next else "-"


def height_of_prose(block, size=1):
    """Roughly the pixels of a block on a stage of 1280 x 720, in letters of `size` x 26 px."""
    text = re.sub(r"</?details>|<summary>.*?</summary>|&emsp;|^>$", "", block, flags=re.MULTILINE)
    text = text.strip()
    formulas = re.findall(r"\$\$.*?\$\$", text, re.DOTALL)
    heights = [(1 + f.count(r"\\")) * (80 if "frac" in f else 45) + 25 for f in formulas]
    text = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
    tall = len(re.findall(r"^.*\\dfrac.*$", text, re.MULTILINE))  # formulas in a line
    text = re.sub(r"\{?\\color\{.*?\}|\\[a-zA-Z]+|[{}$_^*`]|\]\(.*?\)", "", text)
    height = sum(heights) + 40 * tall + 60 * text.startswith("#")
    for line in text.splitlines():
        room = (96 if line.startswith("|") else 74) / size
        height += 40 if line.startswith("|") else 37 * ceil(len(line) / room)
        height += 14 * (not line)
    return size * (height + 16)


def height_of_code(cell, size=1):
    """The same of a cell: its code, if it is on view, and all that it prints and draws."""
    if "panels." in "".join(cell["source"]):
        return ROOM
    pictures = (output["data"]["image/png"] for output in cell["outputs"] if has_picture(output))
    sizes = [png_size("".join(picture)) for picture in pictures]
    height = sum(min(TALLEST, 1216 * high / width) + 16 for width, high in sizes)
    lines = lines_of_code(cell)
    height += 16 * bool(lines)
    return size * (height + sum(25 * ceil(max(len(line), 1) * size / LINE) for line in lines))


def lines_of_code(cell):
    """The lines of a cell that are on view: its code, if it is, and what it prints."""
    is_folded = is_picture(cell) or "hide-input" in cell["metadata"].get("tags", [])
    lines = [] if is_folded else "".join(cell["source"]).splitlines()
    for output in cell["outputs"]:
        if not has_picture(output):
            text = output.get("text", output.get("data", {}).get("text/plain", ""))
            lines += "".join(text).splitlines()
    return lines


def is_picture(cell):
    """Whether what a cell draws stands for its code."""
    return any(map(has_picture, cell["outputs"]))


def has_picture(output):
    return "image/png" in output.get("data", {})


def png_size(encoded):
    """Width and height of a picture in base64."""
    return struct.unpack(">II", base64.b64decode(encoded[:44])[16:24])


def deck(notebook):
    """The slides as one page of HTML that needs no network."""
    import mathjax

    folder = Path(mathjax.__file__).parent / "static" / "mathjax" / "es5"
    parts = {
        "title": html.escape("".join(notebook["cells"][0]["source"]).splitlines()[0].strip("# ")),
        "style": _file("slides.css"),
        "slides": "\n".join(_slides(for_slides(notebook)["cells"])),
        "script": _file("slides.js"),
        "mathjax": (folder / "tex-svg-full.js").read_text(encoding="utf-8"),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda gap: parts[gap[1]], _file("slides.html"))


def _file(name):
    return (TEACHING / "slides" / name).read_text(encoding="utf-8")


def _slides(cells):
    slide, head = [], ""
    for cell in cells:
        role = slide_type(cell)
        if role == "skip":
            continue
        if role in ("slide", "subslide") and slide:
            yield f"<section>{head}{''.join(slide)}</section>"
            slide = []
        if role == "slide":
            title = re.findall(r"^#+ (.*)", cell["source"], re.MULTILINE)[-1]
            head = f"<header>{_inline(title)}</header>"
        slide += _code(cell) if cell["cell_type"] == "code" else [_prose(cell["source"], role)]
    yield f"<section>{head}{''.join(slide)}</section>"


def _inline(markdown):
    return re.sub(r"^<p>|</p>$", "", _prose(markdown, "-").strip())


def _prose(markdown, role):
    """The HTML of a block, and of what is behind its fold."""
    from nbconvert.filters import markdown2html

    inside = markdown2html(re.sub(r"</?details>|<summary>.*?</summary>", "", markdown))
    return f'<div class="fragment">{inside}</div>' if role == "fragment" else inside


def _code(cell):
    """What a cell prints and draws; the code as well, where it is not folded and draws nothing."""
    from nbconvert.filters import Highlight2HTML

    tags = cell["metadata"].get("tags", [])
    shown = "".join(map(_output, cell["outputs"]))
    is_import = re.match("import |from ", cell["source"])
    if not ("hide-input" in tags or "<img" in shown or is_import):
        yield Highlight2HTML()(cell["source"])
    yield f'<div class="fragment">{shown}</div>' if "hide-output" in tags else shown


def _output(output):
    """The HTML of an output: words, or a picture with the words that stand in for it."""
    if output["output_type"] == "stream":
        return _printed("".join(output["text"]))
    data = output["data"]
    if "image/png" in data:
        words = html.escape("".join(data["text/plain"]))
        png = "".join("".join(data["image/png"]).split())
        return f'<img alt="{words}" src="data:image/png;base64,{png}">'
    if {*data} - {"text/plain"}:
        raise ValueError(f"no slide shows {', '.join(data)}")
    return _printed("".join(data["text/plain"])) if data else ""


def _printed(text):
    is_brief = max(map(len, text.splitlines())) < 88
    return f"<pre{' class=brief' * is_brief}>{html.escape(text)}</pre>"


def _stop(words):
    print(words, file=sys.stderr)
    return 1
