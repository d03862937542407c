# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages of a simple index (PEP 503). Pure.

Not with the modules' code, since only Ansible itself is sure to have packaging.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

try:
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        canonicalize_name,
        parse_sdist_filename,
        parse_wheel_filename,
    )
except ImportError:
    pass  # always installed where Ansible runs

ROOT = "simple/"


@dataclass(frozen=True)
class Distribution:
    """A wheel or sdist. sha256: hexadecimal; requires_python: as in its metadata, "" if that has none."""

    filename: str
    sha256: str
    requires_python: str = ""

    @property
    def project(self) -> str:
        return project(self.filename)

    @property
    def key(self) -> str:
        """Key of the object, with the content's digest: an object that exists under this key has this content."""
        return f"packages/{self.sha256}/{self.filename}"


def project(filename: str) -> str:
    """Normalized name of the project of a wheel or sdist. Raises ValueError for another file name."""
    try:
        parse = parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename
        return canonicalize_name(parse(filename)[0])
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise ValueError(f"{filename} is neither a wheel nor a source distribution: {error}") from error


def pages(distributions: Iterable[Distribution]) -> dict[str, str]:
    """Return {key: HTML} of all pages of the index.

    A key ends with a slash, as the URL that pip requests does: S3's REST endpoint returns the object of exactly this
    key, and has no index documents.
    """
    projects: dict[str, list[Distribution]] = {}
    for distribution in sorted(distributions, key=lambda distribution: distribution.filename):
        projects.setdefault(distribution.project, []).append(distribution)
    names = (_anchor(f"{name}/", name) for name in sorted(projects))
    return {
        ROOT: _page("Simple index", names),
        **{f"{ROOT}{name}/": _page(f"Links for {name}", map(_link, files)) for name, files in sorted(projects.items())},
    }


def _link(distribution: Distribution) -> str:
    requires = distribution.requires_python
    attribute = f' data-requires-python="{html.escape(requires)}"' if requires else ""
    # S3 reads a plain + in a path as a space.
    href = f"../../{quote(distribution.key)}#sha256={distribution.sha256}"
    return _anchor(href, distribution.filename, attribute)


def _anchor(href: str, text: str, attribute: str = "") -> str:
    return f'<a href="{href}"{attribute}>{html.escape(text)}</a><br>'


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join(_lines(title, lines)) + "\n"


def _lines(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield f'<html><head><meta name="pypi:repository-version" content="1.0"><title>{title}</title></head><body>'
    yield from lines
    yield "</body></html>"
