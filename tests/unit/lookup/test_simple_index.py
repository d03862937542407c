# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.closednet.aws.plugins.lookup.simple_index import LookupModule

METADATA = b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nRequires-Python: >=3.9\n"


@pytest.fixture
def objects():
    plugin = LookupModule(loader=DataLoader())
    return lambda *directories: plugin.run([str(directory) for directory in directories])


def wheel(path, inside="foo-1.0.dist-info/METADATA"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inside, METADATA)


def sdist(path):
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("foo-1.0/PKG-INFO")
        member.size = len(METADATA)
        archive.addfile(member, io.BytesIO(METADATA))


def test_a_wheel_and_an_sdist_are_read(objects, tmp_path):
    wheel(tmp_path / "foo-1.0-py3-none-any.whl")
    sdist(tmp_path / "foo-1.0.tar.gz")
    (tmp_path / ".hidden").touch()

    made = objects(tmp_path)

    files = [item for item in made if "src" in item]
    digests = [hashlib.sha256(Path(item["src"]).read_bytes()).hexdigest() for item in files]
    assert [item["key"].split("/")[1] for item in files] == digests and len(files) == 2
    (page,) = (item for item in made if item["key"] == "simple/foo/")
    assert made.index(page) > max(map(made.index, files)) and page["content_type"] == "text/html"
    assert page["content"].count('data-requires-python="&gt;=3.9"') == 2
    assert all(digest in page["content"] for digest in digests)


def test_what_cannot_be_read_is_named(objects, tmp_path):
    with pytest.raises(AnsibleLookupError, match="nowhere is no directory"):
        objects(tmp_path / "nowhere")
    path = tmp_path / "foo-1.0-py3-none-any.whl"
    path.write_bytes(b"no zip")
    with pytest.raises(AnsibleLookupError, match="no index can be created: foo-1.0-py3-none-any.whl"):
        objects(tmp_path)
    wheel(path, "foo.py")
    with pytest.raises(AnsibleLookupError, match="has no METADATA"):
        objects(tmp_path)
    path.rename(tmp_path / "notes.txt")
    with pytest.raises(AnsibleLookupError, match="notes.txt is neither a wheel"):
        objects(tmp_path)


def test_a_fifo_does_not_hang(objects, tmp_path):
    os.mkfifo(tmp_path / "foo-1.0.tar.gz")
    with pytest.raises(AnsibleLookupError, match="foo-1.0.tar.gz is no file"):
        objects(tmp_path)
