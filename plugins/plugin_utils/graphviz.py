# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Draws graphs with Graphviz's program dot."""

from __future__ import annotations

import re
import subprocess
from html import escape

TIMEOUT_SECONDS = 60


class NoPicture(Exception):
    """dot drew nothing; the message says why."""


def svg(source: str, title: str) -> str:
    """Draw the graph in `source` (Graphviz's language) and return an SVG element for a page. Raises NoPicture."""
    try:
        done = subprocess.run(
            ["dot", "-Tsvg"], input=source.encode(), capture_output=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except FileNotFoundError:
        raise NoPicture("dot isn't installed on the machine that runs Ansible; it is a part of graphviz") from None
    except subprocess.TimeoutExpired:
        raise NoPicture(f"dot took longer than {TIMEOUT_SECONDS} s") from None
    drawn = done.stdout.decode()
    if done.returncode or "<svg" not in drawn:
        raise NoPicture(f"dot ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}")
    # Without the XML header, and without comments, which repeat what the element says.
    element = re.sub("<!--.*?-->", "", drawn[drawn.index("<svg") :], flags=re.DOTALL).strip()
    # An edge's title names the nodes that it was drawn between, though it may join clusters.
    element = re.sub(r'(<g id="edge\d+"[^>]*>)\s*<title>.*?</title>', r"\1", element, flags=re.DOTALL)
    # The graph's own title is the first one.
    element = re.sub("<title>.*?</title>", f"<title>{escape(title)}</title>", element, count=1, flags=re.DOTALL)
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)
