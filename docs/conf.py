"""How Sphinx builds the documentation: `make docs`."""

import importlib.metadata

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
