# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The container that writes a configuration has sh, sed, base64 and gunzip; both programs take what it writes."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import groups
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.proxy import container, nginx, squid
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.proxy.tables import Settings
from tests.proxy import programs
from tests.proxy.conftest import TODAY

SETTINGS = Settings(
    balancers=("10.9.0.0/24",), own=("10.9.0.0/24",), resolvers=(nginx.RESOLVER,), folder="/run/egress/pid"
)


def large(entries: int) -> dict[str, Any]:
    """Return 50 groups with so many entries together and 1,000 sources, of which some overlap."""

    def group(number: int) -> dict[str, Any]:
        cidrs = [f"10.{number}.{part}.0/24" for part in range(20)] + (["10.0.0.0/9"] if number == 0 else [])
        names = [f"host-{number}-{entry}.service-{entry % 7}.example" for entry in range(entries // 50)]
        allow = [{"domain": name, "reason": "because the team asked for it"} for name in names]
        return {"sources": [{"name": f"account-{number}", "cidrs": cidrs}], "allow": allow}

    return {f"group-{number}": group(number) for number in range(50)}


def written(folder: Path, parts: list[str]) -> str:
    """Run the container's command with its folder in place of /run/egress, and return what it writes."""
    shell, option, script = container.writer(len(parts))
    script = script.replace(container.FOLDER, str(folder))
    variables = {container.variable(index): part for index, part in enumerate(parts)}
    subprocess.run([shell, option, script], env={"PATH": os.environ["PATH"], **variables}, check=True, timeout=30)
    return (folder / "proxy.conf").read_text()


@pytest.mark.parametrize("kind", ["nginx", "squid"])
def test_what_is_packed_is_written_and_taken(kind: str, tmp_path: Path, world: Any) -> None:
    egress = groups.parse(world.declared, TODAY)
    made = container.render(kind, egress, world.declared, SETTINGS)
    parts = container.pack(made.text)
    text = written(tmp_path, parts)
    resolver = re.search(r"resolver (\S+) ipv6=off", text)
    assert nginx.RESOLVER not in text and (kind == "squid" or (resolver and resolver[1].count(".") == 3))
    assert container.unpack(parts) == made.text
    assert [group.name for group in container.groups_of(made.text).groups] == [group.name for group in egress.groups]
    (tmp_path / "checked.conf").write_text(text.replace("/run/egress/pid", str(tmp_path / "pid")))
    _check(kind, tmp_path / "checked.conf")


def _check(kind: str, path: Path) -> None:
    if kind == "squid":
        arguments = [programs.program("squid"), "-k", "parse", "-f", str(path)]
    else:
        module = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
        loaded = f"load_module {module};\n" if module.exists() else ""
        path.write_text(loaded + path.read_text())
        arguments = [programs.program("nginx"), "-t", "-e", "stderr", "-c", str(path)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("kind", ["nginx", "squid"])
def test_a_thousand_entries_of_fifty_groups_fit(kind: str, tmp_path: Path) -> None:
    declared = large(1000)
    made = container.render(kind, groups.parse(declared, TODAY), declared, SETTINGS)
    parts = container.pack(made.text)
    assert len(parts) <= 10 and max(map(len, parts)) <= container.PART
    path = tmp_path / "proxy.conf"
    path.write_text(made.text.replace("/run/egress/pid", str(tmp_path)).replace(nginx.RESOLVER, "127.0.0.1"))
    _check(kind, path)


def test_what_does_not_fit_is_refused_by_its_size() -> None:
    noise = os.urandom(200_000).hex()
    with pytest.raises(Invalid, match="groups: make a configuration of 400000 bytes.*a second proxy"):
        container.pack(noise)


def test_the_same_groups_have_the_same_digest() -> None:
    declared = large(100)
    one, other = (container.render("nginx", groups.parse(declared, TODAY), declared, SETTINGS) for _ in range(2))
    assert container.digest(container.pack(one.text)) == container.digest(container.pack(other.text))


@pytest.mark.parametrize("text", ["", "nonsense", "#: {", "#: []", '#: {"a": 1}'])
def test_what_is_no_configuration_of_ours_has_no_groups(text: str) -> None:
    assert container.groups_of(text) == groups.Egress(())
    assert container.unpack([text]) == ""


@pytest.mark.parametrize("kind", [nginx, squid])
@pytest.mark.parametrize(
    "name", ["a b.example", 'a".example', "a\n.example", "a;b.example", "a$b.example", "*.example", ""]
)
def test_no_name_gets_out_of_its_place(kind: Any, name: str) -> None:
    """groups.parse refuses these; whoever makes groups in another way is refused here."""
    entry = groups.Entry(name, "exact", None, "tls", (443,))
    source = groups.Source("a", ("10.0.0.0/8",))
    if name:
        with pytest.raises(Invalid):
            kind.render(groups.Egress((groups.Group("a", "", (source,), (entry,)),)), Settings())
    group = groups.Group(f"a{name}\n}}", "", (source,), (groups.Entry("x.example", "exact", None, "tls", (443,)),))
    with pytest.raises(Invalid):
        kind.render(groups.Egress((group,)), Settings())
