# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.closednet.aws.plugins.plugin_utils import templates

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize(("version", "runs"), [("2.18.7", False), ("2.19.0", True), ("2.21.0rc1", True), ("3.0", True)])
def test_an_ansible_that_takes_all_text_for_templates_is_refused(version, runs):
    assert (templates.refusal(version) is None) == runs


def test_the_floor_is_the_one_that_the_collection_declares():
    declared = yaml.safe_load((REPOSITORY / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    oldest = ".".join(map(str, templates.OLDEST))
    assert declared == f">={oldest}.0"
    for path in (REPOSITORY / "roles").glob("*/meta/main.yml"):
        meta = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert meta["galaxy_info"]["min_ansible_version"] == oldest, path
