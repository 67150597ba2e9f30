"""How Sphinx builds the documentation: `make docs`."""

import importlib.metadata
import re

from evenhand.cli.options.documented import option_table
from evenhand.cli.runs.keys import TABLES, load

project = "evenhand"
copyright = "the evenhand authors, Apache-2.0"
release = importlib.metadata.version("evenhand")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"evenhand {release}"
html_show_sphinx = False

# Docstrings put code in backquotes, single or double.
default_role = "code"
autodoc_member_order = "groupwise"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # else attributes of named tuples are listed twice


def _with_tables(app, page, source):
    """Put a table of an operation's options where a page asks for it by <!-- options: NAME -->."""

    def table(found):
        return option_table(load(TABLES[found[1]].options))

    source[0] = re.sub("<!-- options: (.+?) -->", table, source[0])


def setup(app):
    """Let Sphinx call this before it reads a page."""
    app.connect("source-read", _with_tables)
