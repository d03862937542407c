# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Advice on errors of Google Cloud."""

from __future__ import annotations

import re

from .._core.cloud import Meaning
from .codes import NOT_ENABLED, QUOTA, plain
from .errors import NO_PROJECT, POLICY, GoogleError
from .methods import HOSTS

AGAIN = "run again: it goes on from there, nothing is created twice"
CREDENTIAL = (
    "give access_token, service_account_file (GCP_SERVICE_ACCOUNT_FILE) or application default credentials: gcloud auth"
    " application-default login"
)
REACH = (
    "see that this machine reaches that address: name resolution, route, firewall, proxy (HTTPS_PROXY, NO_PROXY),"
    " private.googleapis.com where there is no internet, endpoint_url; then run again"
)
OF_CLASSES = {
    "SSLError": "see what certificate that address shows; behind a proxy that has its own, set REQUESTS_CA_BUNDLE",
    "UnreadableAnswer": "something else than Google answers at that address, such as a proxy or its login page: see"
    " HTTPS_PROXY, NO_PROXY and endpoint_url; then run again",
}
OF_TEXTS = {
    # hashicorp/terraform-provider-google#14626
    re.compile("verify ownership"): "verify the domain in Google Search Console"
    " (https://search.google.com/search-console) for the credential's principal, or declare no domain_name; then run"
    " again",
    # A consumer can't read whether the service exists before it applies.
    re.compile(r"/serviceAttachments/[^/']+' was not found"): "see that service is spelt right: project, region and"
    " name; or wait until its provider has published it; then run again",
}
OF_MEANINGS = {
    Meaning.UNSENT: REACH,
    Meaning.LOST: f"wait, since Google may have a fault (status.cloud.google.com), then {AGAIN}",
    Meaning.OTHER: f"wait, since Google may have a fault (status.cloud.google.com), then {AGAIN}",
    Meaning.THROTTLED: f"wait a minute, since Google throttles this project, or give fewer --forks, then {AGAIN}",
    Meaning.IN_USE: "delete what still uses it, which this module didn't create, then run again",
}


def next_step(error: Exception, module: str = "", project: str = "", account: str = "") -> str:
    """Return what to do about an error, as a sentence that begins with "Next: ".

    module: its role in docs/iam lists the permissions; "" if the error came up before there was a credential
    account: service account that is impersonated, if any
    """
    if not isinstance(error, GoogleError):
        return f"Next: fix the cause and {AGAIN}"
    return f"Next: {_of_error(error, module, project, account)}"


def _of_error(error: GoogleError, module: str, project: str, account: str) -> str:
    code = plain(error.code)
    if code in NOT_ENABLED:
        return f"{_enable(error, project)}, wait a few minutes until that takes effect, then run again"
    known = OF_CLASSES.get(error.code) or next((OF_TEXTS[text] for text in OF_TEXTS if text.search(error.message)), "")
    if known:
        return known
    if POLICY.search(error.message) and error.status == 412:
        return "an organization policy refuses it: declare otherwise, or have the policy changed, then run again"
    no_project = NO_PROJECT.match(error.message)
    if no_project:
        return (
            f"project {no_project[2]} doesn't exist, is being deleted or is misspelt: correct or delete its entry in"
            " consumers or, if undeclared: reject has put it on the reject list, say undeclared: report; then run again"
        )
    if "quota project" in error.message:
        return f"gcloud auth application-default set-quota-project {project or 'PROJECT'}, then run again"
    if code in QUOTA:
        return f"ask for a higher quota (IAM & Admin, Quotas), or declare fewer, then {AGAIN}"
    if error.meaning is Meaning.DENIED:
        return _grant(error, module, project, account)
    if error.meaning is Meaning.EXPIRED:
        return f"{CREDENTIAL}; this one has expired, was revoked or isn't known. Then {AGAIN}"
    return OF_MEANINGS.get(error.meaning, f"fix the cause and {AGAIN}")


def _enable(error: GoogleError, project: str) -> str:
    """Command that enables the API that the error is about, in the project that Google counts the call in."""
    # These two go into a command that somebody copies.
    named = re.fullmatch(r"[a-z][a-z0-9.-]*\.googleapis\.com", error.service)
    host = HOSTS.get(error.operation.partition(".")[0], "").removeprefix("https://")
    counted = re.fullmatch(r"projects/([a-z0-9][a-z0-9.:-]*)", error.consumer)
    of_another = counted and not counted[1].isdigit() and counted[1] != project
    where = counted[1] if counted and (of_another or not project) else project
    return f"gcloud services enable {error.service if named else host} --project {where or 'PROJECT'}"


def _grant(error: GoogleError, module: str, project: str, account: str) -> str:
    if error.operation.startswith("iamcredentials."):
        return (
            f"grant the caller roles/iam.serviceAccountTokenCreator on {account or 'the service account'}, which"
            " impersonate_service_account names, or see that it exists; then run again"
        )
    if module:
        return f"grant the credential what docs/iam/{module}.yml lists, then run again: it goes on from there"
    if error.operation == "cloudresourcemanager.projects.get":
        return (
            f"see that project_id {project} is right, since Google answers the same for a project that doesn't exist,"
            " and that the credential is one for it: it needs resourcemanager.projects.get there (roles/browser)"
        )
    return "grant the credential the permission, then run again"
