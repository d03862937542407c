# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: simple_index
short_description: The objects of a simple Python package index in S3, from a directory of distributions
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads the wheels and source distributions in a directory on the machine that runs Ansible, such as one that
    C(pip download) fills, and returns the objects of their simple index (PEP 503).
  - The keys of the pages end with a slash, like the URLs that pip and uv request, so S3 serves them without website
    hosting. The keys of the distributions contain their digest, so an existing one needn't be uploaded again.
options:
  _terms:
    description: The directories. Hidden files are ignored; any other file must be a wheel or a source distribution.
    type: list
    elements: path
    required: true
seealso:
  - name: Simple repository API
    description: What the pages contain.
    link: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

EXAMPLES = r"""
- name: Upload the index to a bucket
  amazon.aws.s3_object:
    bucket: an-index
    mode: put
    object: "{{ item.key }}"
    src: "{{ item.src | default(omit) }}"
    content: "{{ item.content | default(omit) }}"
    headers: {Content-Type: "{{ item.content_type }}"}
  loop: "{{ query('closednet.aws.simple_index', 'wheels') }}"
  loop_control:
    label: "{{ item.key }}"
"""

RETURN = r"""
_list:
  description: The objects, distributions before the pages that link to them.
  type: list
  elements: dict
  contains:
    key:
      description: Key of the object.
      type: str
    src:
      description: Path of the file, if it is a distribution.
      type: str
    content:
      description: The page, if it is one.
      type: str
    content_type:
      description: Its Content-Type.
      type: str
  sample:
    - key: packages/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824/hello-1.0-py3-none-any.whl
      src: wheels/hello-1.0-py3-none-any.whl
      content_type: application/octet-stream
"""

import hashlib
import tarfile
import zipfile
from email.parser import BytesHeaderParser
from pathlib import Path

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..plugin_utils import simple_index
from ..plugin_utils.simple_index import Distribution


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        found = {}
        for term in terms:
            directory = Path(self._loader.path_dwim(term))
            if not directory.is_dir():
                raise AnsibleLookupError(f"{directory} is no directory")
            for path in sorted(directory.iterdir()):
                if path.name.startswith("."):
                    continue
                if not path.is_file():
                    raise AnsibleLookupError(f"{path} is no file")
                found[path.name] = path
        try:
            distributions = {_read(path): path for _name, path in sorted(found.items())}
        except (ValueError, OSError) as error:
            raise AnsibleLookupError(f"no index can be created: {error}") from error
        files = [
            {"key": distribution.key, "src": str(path), "content_type": "application/octet-stream"}
            for distribution, path in distributions.items()
        ]
        pages = simple_index.pages(distributions)
        return files + [{"key": key, "content": page, "content_type": "text/html"} for key, page in pages.items()]


def _read(path):
    """Read a file as a Distribution. Raises ValueError if it is none, and OSError."""
    simple_index.project(path.name)
    try:
        metadata = BytesHeaderParser().parsebytes(_metadata(path))
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} can't be read: {error}") from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Distribution(path.name, digest, metadata.get("Requires-Python", ""))


def _metadata(path):
    """METADATA of a wheel, PKG-INFO of an sdist (b"" if it is so old that it has none). Raises ValueError."""
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            inside = [name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/PKG-INFO")]
            file = archive.extractfile(inside[0]) if inside else None
            return file.read() if file else b""
    last = ".dist-info/METADATA" if path.name.endswith(".whl") else "/PKG-INFO"
    with zipfile.ZipFile(path) as archive:
        inside = [name for name in archive.namelist() if name.count("/") == 1 and name.endswith(last)]
        if not inside and path.name.endswith(".whl"):
            raise ValueError(f"{path.name} has no METADATA, so it is no wheel")
        return archive.read(inside[0]) if inside else b""
