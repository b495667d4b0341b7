"""The book's settings for Sphinx; build.py puts the notebooks beside this file and calls it."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "How backpropagation through time really works"
author = "The BPTT notebook series authors"
html_title = "Backpropagation through time"
language = "en"
extensions = ["myst_nb", "formulas", "pages"]
launch = json.loads(os.environ["BPTT_LAUNCH"])  # what the launch row of each page leads to

# The stored outputs are the book: nothing is run.
nb_execution_mode = "off"
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.mime_priority"]

html_theme = "furo"
html_math_renderer = "set"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_scaled_image_link = False
html_use_index = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {"navigation_with_keys": False, "top_of_page_buttons": []}
