# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find hosts whose cloud isn't clear: its name, and the variables and groups of another cloud. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..._core.errors import Invalid
from ..roster import CLOUDS, GROUPS, cloud_of, entries_of

# Host variables that only a project of Google Cloud has.
OF_GOOGLE = ("project_id", "project_number", "psc_services", "psc_endpoints")
# The host variables whose values `problems` reads.
READ = ("cloud", "account_id")


def problems(
    accounts: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Collection[str]] | None = None
) -> dict[str, list[Invalid]]:
    """Return {host: problems} of hosts that have any; option is "<host>.<variable>".

    accounts: the variables of each host; groups: name -> hosts. An AWS account may have variables of its own of these
    names; without account_id, they tell that `cloud` was forgotten.
    """
    found = {host: list(_of_host(host, variables)) for host, variables in accounts.items()}
    for group in GROUPS:
        for host in (groups or {}).get(group, ()):
            cloud = cloud_of(accounts.get(host, {}))
            if host in found and not entries_of(group, cloud):
                problem = f"is in the group {group}, whose roles don't run on this cloud"
                able = " or ".join(name for name in GROUPS if entries_of(name, cloud))
                found[host].append(Invalid(f"{host}.cloud", cloud, problem, able))
    return {host: of_host for host, of_host in found.items() if of_host}


def _of_host(host: str, variables: Mapping[str, Any]) -> Iterator[Invalid]:
    cloud, account_id = variables.get("cloud"), variables.get("account_id")
    if cloud is not None and cloud not in CLOUDS:
        yield Invalid(f"{host}.cloud", cloud, "is no cloud of this collection", " or ".join(CLOUDS))
    elif cloud == "gcp":
        if account_id is not None:
            problem = "is an account of AWS, and the host a project of Google Cloud"
            yield Invalid(f"{host}.account_id", account_id, problem, "project_id in its place, or no cloud: gcp")
    elif account_id is None:
        for name in OF_GOOGLE:
            if name in variables:
                problem = "is of Google Cloud, and the host an account of AWS (did you mean cloud: gcp?)"
                yield Invalid(f"{host}.{name}", None, problem, "cloud: gcp, too; or account_id")
                return
