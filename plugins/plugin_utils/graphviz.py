# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Graphviz's program dot, which draws."""

from __future__ import annotations

import re
import subprocess
from html import escape

TIMEOUT_SECONDS = 60


class NoPicture(Exception):
    """Says why."""


def svg(source: str, title: str) -> str:
    """The graph in `source` as an SVG element to stand in a page. Raises NoPicture."""
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
    # Without XML's own head; what stands in comments is only said twice.
    element = re.sub("<!--.*?-->", "", drawn[drawn.index("<svg") :], flags=re.DOTALL).strip()
    # An edge's says which nodes it was drawn between, where it may join clusters.
    element = re.sub(r'(<g id="edge\d+"[^>]*>)\s*<title>.*?</title>', r"\1", element, flags=re.DOTALL)
    # The graph's own title is the first one.
    element = re.sub("<title>.*?</title>", f"<title>{escape(title)}</title>", element, count=1, flags=re.DOTALL)
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)
