# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write into playbooks/ the plays of each entry of the roster, since Ansible can't create plays at run time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ansible_collections.closednet.aws.plugins.module_utils._domain.roster import ROSTER, Entry

PLAYBOOKS = Path(__file__).resolve().parents[1] / "playbooks"
BEGIN = "# What follows is of plugins/module_utils/_domain/roster.py, written by tools/roster.py.\n"
END = "# Until here.\n"


def _play(title: str, playbook: str, **variables: str) -> str:
    lines = [f"- name: {title}", f"  ansible.builtin.import_playbook: {playbook}", "  vars:"]
    return "\n".join([*lines, *(f"    {name}: {value}" for name, value in variables.items())]) + "\n"


def _read() -> Iterator[str]:
    for entry in ROSTER:
        yield _play(f"Read the {entry.title}", "read_part.yml", part=entry.role, part_title=entry.title)


def teardown_order() -> list[Entry]:
    """Entries in the reverse order, but those with deleted_before right before that role."""
    ordered = [entry for entry in reversed(ROSTER) if not entry.deleted_before]
    for entry in ROSTER:
        if entry.deleted_before:
            roles = [other.role for other in ordered]
            ordered.insert(roles.index(entry.deleted_before), entry)
    return ordered


def _teardown() -> Iterator[str]:
    for entry in teardown_order():
        if entry.teardown:
            variables = {
                "part": entry.role,
                "part_title": entry.title,
                "part_is_deleted": f'"{{{{ {entry.switch} | default(false) }}}}"' if entry.switch else "true",
                "part_is_fatal": str(entry.fatal).lower(),
                f"{entry.role}_state": "absent",
                **dict.fromkeys(entry.confirmed, "true"),
            }
            yield _play(f"Delete the {entry.title}", "parts/teardown_part.yml", **variables)


def _site() -> Iterator[str]:
    for playbook in dict.fromkeys(entry.playbook for entry in ROSTER if entry.playbook):
        entries = [entry for entry in ROSTER if entry.playbook == playbook]
        # One playbook does the same on several clouds.
        titles = " and ".join(entry.title for entry in entries if entry.cloud == entries[0].cloud)
        yield _play(f"Converge the {titles}", f"{playbook}.yml", part_of_site="true")


def written() -> dict[Path, str]:
    """Return {path: text that it should have} of each playbook that the roster has a part in."""
    texts = {}
    for path, plays in (("parts/read.yml", _read()), ("teardown.yml", _teardown()), ("site.yml", _site())):
        text = (PLAYBOOKS / path).read_text(encoding="utf-8")
        before, _begin, rest = text.partition(BEGIN)
        _plays, end, after = rest.partition(END)
        texts[PLAYBOOKS / path] = before + BEGIN + "\n".join(plays) + end + after
    return texts


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
