"""A notebook in the JupyterLite of the site, in Chromium: a long test, so it has its own file."""

import re
import time

import jupyter

import notebooks


def test_a_notebook_runs_in_jupyterlite(visit):
    name = "03_hidden_weight"
    page = visit(f"lite/lab/index.html?path={name}.ipynb")
    page.set_default_timeout(300_000)
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function(f"{jupyter.KERNEL}?.status === 'idle'")
    page.evaluate(
        """async () => {
          const { commands } = window.jupyterapp;
          await commands.execute('notebook:clear-all-cell-outputs');
          await commands.execute('notebook:run-all-cells');
        }"""
    )
    model = "window.jupyterapp.shell.currentWidget.content.model.toJSON()"
    end = time.monotonic() + 300
    while time.monotonic() < end:
        cells = page.evaluate(model)["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        if all(cell["execution_count"] for cell in code):
            break
        time.sleep(0.5)
    stored = [c for c in notebooks.read(name)["cells"] if c["cell_type"] == "code"]

    def printed(cell):
        outputs = [o for o in cell["outputs"] if o["output_type"] == "stream"]
        return "".join("".join(output["text"]) for output in outputs)

    assert [printed(cell) for cell in code] == [printed(cell) for cell in stored]
    assert page.locator(".bptt-panel").count() == 3

    # A copy that a reader keeps is known to the book, which tells when it has a newer edition.
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.goto(page.url.split("lite/")[0] + f"{name}.html")
    page.wait_for_timeout(500)
    assert page.locator(".newer").count() == 0
    page.route("**/03_hidden_weight.html", newer_edition)
    page.reload()
    page.wait_for_selector(".newer")


def newer_edition(route):
    text = route.fetch().text()
    route.fulfill(body=re.sub(r'data-edition="\w+"', 'data-edition="newer"', text))
