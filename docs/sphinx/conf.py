# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sphinx settings of `make docs`, which renders what antsibull-docs makes of the plugins' and roles' own docs."""

from __future__ import annotations

project = "closednet.aws"
extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_show_copyright = False
