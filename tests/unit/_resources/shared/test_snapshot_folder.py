# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import os
import stat

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._resources.shared import snapshot_folder

NAME = "111111111111/eu-central-1/vpcs.json"
FILES = {NAME: {"vpcs": []}}


def test_what_is_saved_is_the_users_alone_and_replaces_a_file(tmp_path):
    for _turn in range(2):
        snapshot_folder.save(tmp_path / "new" / "case", FILES)
    assert snapshot_folder.load(tmp_path / "new" / "case") == FILES
    for path in (tmp_path / "new").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_link_that_somebody_put_there_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("kept")
    folder = tmp_path / "case" / "111111111111" / "eu-central-1"
    folder.mkdir(parents=True)
    (folder / "vpcs.json").symlink_to(precious)
    snapshot_folder.save(tmp_path / "case", FILES)
    assert precious.read_text() == "kept" and not (folder / "vpcs.json").is_symlink()


@pytest.mark.parametrize("link", ["111111111111", "111111111111/eu-central-1"])
def test_nor_is_one_in_place_of_a_folder(tmp_path, link):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "case" / link).parent.mkdir(parents=True)
    (tmp_path / "case" / link).symlink_to(elsewhere)
    with pytest.raises(Invalid, match="save_snapshot_dir: .* can't be written"):
        snapshot_folder.save(tmp_path / "case", FILES)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", ["../vpcs.json", "/vpcs.json", "a/../../vpcs.json"])
def test_nothing_is_written_outside_the_folder(tmp_path, name):
    with pytest.raises(Invalid):
        snapshot_folder.save(tmp_path / "case", {name: {}})
    assert not list(tmp_path.rglob("*.json"))


def test_a_fifo_hangs_neither_who_reads_nor_who_writes(tmp_path):
    (tmp_path / "111111111111" / "eu-central-1").mkdir(parents=True)
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(Invalid, match="vpcs.json: is no file"):
        snapshot_folder.load(tmp_path)
    snapshot_folder.save(tmp_path, FILES)
    assert snapshot_folder.load(tmp_path) == FILES
