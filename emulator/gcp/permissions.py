# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Permissions of principals: bindings of predefined roles, or of single permissions, as a custom role has them.

The roles' permissions are shell patterns, as far as the emulated methods need them:
https://cloud.google.com/iam/docs/roles-permissions/compute and the pages of the other services.
"""

from __future__ import annotations

import fnmatch

from emulator.gcp.world import Principal, World

_NETWORK = (
    "addresses",
    "backendServices",
    "forwardingRules",
    "globalAddresses",
    "globalForwardingRules",
    "healthChecks",
    "networks",
    "regionBackendServices",
    "regionHealthChecks",
    "serviceAttachments",
    "subnetworks",
)
_READ = ("*.get", "*.list")
_PROJECT = ("resourcemanager.projects.get", "serviceusage.services.get", "serviceusage.services.list")
ROLES: dict[str, tuple[str, ...]] = {
    "roles/owner": ("*",),
    "roles/editor": ("compute.*", "dns.*", "servicedirectory.*", "serviceusage.*", *_PROJECT),
    "roles/viewer": _READ,
    "roles/browser": (
        "resourcemanager.folders.get",
        "resourcemanager.folders.list",
        "resourcemanager.organizations.get",
        "resourcemanager.projects.get",
        "resourcemanager.projects.getIamPolicy",
        "resourcemanager.projects.list",
    ),
    "roles/compute.admin": ("compute.*", *_PROJECT),
    # Firewall rules and networkEndpointGroups only to read and to use.
    "roles/compute.networkAdmin": (
        *(f"compute.{kind}.*" for kind in _NETWORK),
        "compute.firewalls.get",
        "compute.firewalls.list",
        "compute.instanceGroups.get",
        "compute.instanceGroups.list",
        "compute.instanceGroups.use",
        "compute.regionNetworkEndpointGroups.get",
        "compute.regionNetworkEndpointGroups.list",
        "compute.regionNetworkEndpointGroups.use",
        "compute.networkEndpointGroups.get",
        "compute.networkEndpointGroups.list",
        "compute.networkEndpointGroups.use",
        "compute.*Operations.get",
        "compute.*Operations.list",
        "compute.projects.get",
        "compute.regions.*",
        "servicedirectory.namespaces.create",
        "servicedirectory.namespaces.delete",
        "servicedirectory.services.create",
        "servicedirectory.services.delete",
        *_PROJECT,
    ),
    "roles/compute.networkUser": (
        "compute.networks.use",
        "compute.subnetworks.use",
        "compute.addresses.use",
        *_PROJECT,
    ),
    "roles/compute.securityAdmin": (
        "compute.firewalls.*",
        "compute.networks.get",
        "compute.networks.list",
        "compute.networks.updatePolicy",
        "compute.*Operations.get",
        "compute.*Operations.list",
        "compute.projects.get",
        *_PROJECT,
    ),
    "roles/compute.viewer": ("compute.*.get", "compute.*.list", *_PROJECT),
    "roles/dns.admin": ("dns.*", "compute.networks.get", "compute.networks.list", *_PROJECT),
    "roles/dns.reader": ("dns.*.get", "dns.*.list", *_PROJECT),
    "roles/iam.serviceAccountTokenCreator": ("iam.serviceAccounts.getAccessToken",),
    "roles/resourcemanager.folderViewer": (
        "resourcemanager.folders.get",
        "resourcemanager.folders.list",
        "resourcemanager.projects.get",
        "resourcemanager.projects.list",
    ),
    "roles/servicedirectory.editor": ("servicedirectory.*", *_PROJECT),
    "roles/serviceusage.serviceUsageAdmin": ("serviceusage.*",),
}
# What owners lack: https://cloud.google.com/iam/docs/service-account-permissions#token-creator-role.
_NOT_OF_OWNERS = ("iam.serviceAccounts.getAccessToken",)


def allowed(world: World, principal: Principal, permission: str, resource: str) -> bool:
    """Return true if bindings of a project, or of what is above it, allow it.

    resource: project id, folders/N or organizations/N.
    """
    for name in world.ancestors(resource):
        for granted in principal.bindings.get(name, ()):
            if granted == "roles/owner" and permission in _NOT_OF_OWNERS:
                continue
            patterns = ROLES.get(granted, (granted,))
            if any(fnmatch.fnmatchcase(permission, pattern) for pattern in patterns):
                return True
    return False
