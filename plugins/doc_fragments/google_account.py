# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """The project of Google Cloud that a module acts in, and how it gets there."""

    DOCUMENTATION = r"""
requirements:
  - google-auth >= 2.0
  - requests
options:
  project_id:
    description:
      - ID of the project of Google Cloud to act in, such as V(recruiting-b). Not its number.
      - The module reads the project before any other call, and calls no URL of another one. So a mistake in an
        inventory can't change another project.
    type: str
    required: true
  project_number:
    description: Number of the project, in quotes. With it, the module fails before any other call if O(project_id) is
      another project, as where the projects of two hosts were swapped.
    type: str
  region:
    description:
      - Region to act in, such as V(asia-northeast1). A module fails without it, before any call.
    type: str
  service_account_file:
    description:
      - Path of the JSON file of a service account's key.
      - Without it and without O(access_token), the environment variables E(GCP_ACCESS_TOKEN) and
        E(GCP_SERVICE_ACCOUNT_FILE) are used, in this order, or else application default credentials, such as those of
        C(gcloud auth application-default login), of a machine in Google Cloud or of workload identity federation.
    type: path
  access_token:
    description: OAuth 2.0 access token, such as C(gcloud auth print-access-token) prints.
    type: str
  impersonate_service_account:
    description:
      - Email address of a service account. The module gets a token of it with the credential above, and then uses only
        that. The credential needs C(roles/iam.serviceAccountTokenCreator) on it.
      - Default is the environment variable E(GOOGLE_IMPERSONATE_SERVICE_ACCOUNT).
    type: str
  endpoint_url:
    description:
      - One base URL in place of the hosts of all Google's APIs, such as that of the emulator.
      - With C(http), it is one of this machine, or O(access_token) is given, since the credential is sent unencrypted.
      - Default is the environment variable E(GOOGLE_CLOUD_ENDPOINT_URL).
    type: str
notes:
  - A connection times out after 5 seconds and an answer after 30. Reads, and writes that carry a request ID, are sent
    again after a fault of Google or of the connection; a write takes place once nevertheless.
  - Every write of Compute Engine is awaited until its operation is done, for O(ignore:wait_timeout) at most.
  - C(HTTPS_PROXY), C(NO_PROXY) and C(REQUESTS_CA_BUNDLE) are respected. C(~/.netrc) isn't read.
attributes:
  action_group:
    description: Use C(group/closednet.aws.google) in C(module_defaults) to set options for all modules for Google
      Cloud.
    support: full
    membership: [closednet.aws.google]
"""
