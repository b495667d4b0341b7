"""The bar that fills while a network learns."""

import html

import ipywidgets
from IPython.display import display


class ProgressBar(ipywidgets.HBox):
    """A bar that fills while a network learns, and the time left: a `report` for `training.train`.

    `title` says what is learned. The bar shows itself; without a kernel it is a constant text.
    """

    def __init__(self, title):
        self.title = title
        self.bar = ipywidgets.IntProgress(description=title, layout={"width": "400px"})
        self.bar.style.description_width = "auto"
        self.words = ipywidgets.HTML()
        super().__init__([self.bar, self.words], layout={"align_items": "center"})
        display(self)

    def __repr__(self):
        return f"Progress bar: {self.title}"

    def __call__(self, progress):
        """Show a `training.Progress`."""
        self.bar.max, self.bar.value = progress.updates, progress.update
        self.bar.bar_style = "success" if progress.is_last else ""
        self.words.value = html.escape(str(progress))
