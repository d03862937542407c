# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The version that evidence names is the collection's."""

from __future__ import annotations

from pathlib import Path

import yaml

from ansible_collections.closednet.aws.plugins.module_utils._core import version


def test_the_version_is_that_of_galaxy():
    galaxy = yaml.safe_load((Path(__file__).parents[2] / "galaxy.yml").read_text(encoding="utf-8"))
    assert galaxy["version"] == version.COLLECTION
