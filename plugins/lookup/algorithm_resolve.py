# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: algorithm_resolve
short_description: The endpoint at which a customer offers an algorithm
version_added: 0.1.0
author: closednet.aws contributors (!UNKNOWN)
description:
  - Reads the tables of M(closednet.aws.algorithm_registry) and returns a row that is live and whose endpoint the
    checker found healthy lately, as the front does with the same client. Fails if there is none, and says why.
  - The credential must be one that the tables' policies let read, such as one of the operator's roles. That of the
    front reads through its VPC's gateway endpoint only.
options:
  _terms:
    description: Names of algorithms.
    type: list
    elements: str
    required: true
  version:
    description: The version. Without it, one of those that have a weight is drawn by weight.
    type: str
  key:
    description: A text for which the same version is drawn each time, such as the caller's name.
    type: str
  table:
    description: The table of the registry, by name, or by ARN from another account.
    type: str
    default: algorithms
  health_table:
    description: The table of the checks. Default is the name of O(table) with V(-health).
    type: str
  stale_seconds:
    description: Seconds after which a check counts as unhealthy.
    type: int
    default: 180
  assume_role_arn:
    description: ARN of a role to assume with the credential.
    type: str
  assume_role_external_id:
    description: The external id that the role's trust policy asks for.
    type: str
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
requirements: [boto3]
seealso:
  - module: closednet.aws.algorithm_registry
"""

EXAMPLES = r"""
- name: Show where to call an algorithm
  ansible.builtin.debug:
    msg: "{{ lookup('closednet.aws.algorithm_resolve', 'score', version='2', region='eu-central-1').url }}"
"""

RETURN = r"""
_list:
  description: For each algorithm, its endpoint.
  type: list
  elements: dict
  contains:
    algorithm:
      description: The name.
      type: str
    version:
      description: The version.
      type: str
    account:
      description: ID of the account that offers it.
      type: str
    endpoint:
      description: Its name in the registry's zone.
      type: str
    port:
      description: Its port.
      type: int
    protocol:
      description: V(https), V(http) or V(tcp).
      type: str
    url:
      description: All three as C(protocol://endpoint:port).
      type: str
  sample:
    - algorithm: score
      version: "2"
      account: "222222222222"
      endpoint: score.alpha.algorithms.internal
      port: 8443
      protocol: https
      url: https://score.alpha.algorithms.internal:8443
"""

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ..module_utils import algorithm_registry_client
from ..module_utils._core import escape
from ..plugin_utils.plain import plain

try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None
    BotoCoreError = ClientError = Exception

NAME = "closednet.aws.algorithm_resolve"


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **options):
        self.set_options(var_options=variables, direct=options)
        if boto3 is None:
            raise AnsibleLookupError(f"{NAME}: boto3 is not installed")
        try:
            registry = self._registry()
            return [self._found(registry, term) for term in plain(list(terms))]
        except (algorithm_registry_client.RegistryError, ValueError, BotoCoreError, ClientError) as error:
            # Rows and errors have texts of others; Ansible would add that of the cause as it is.
            raise AnsibleLookupError(escape.sentence(f"{NAME}: {error}")) from None

    def _found(self, registry, term):
        version, key = plain(self.get_option("version")), plain(self.get_option("key"))
        answer = registry.resolve(term, version, key)
        names = ("algorithm", "version", "account", "endpoint", "port", "protocol", "url")
        return {name: getattr(answer, name) for name in names}

    def _registry(self):
        session = self._session()
        return algorithm_registry_client.Registry(
            plain(self.get_option("table")),
            plain(self.get_option("health_table")),
            ttl=0,
            stale_seconds=self.get_option("stale_seconds"),
            client=algorithm_registry_client.connect(session=session, endpoint_url=self.get_option("endpoint_url")),
        )

    def _session(self):
        given = {"region_name": self.get_option("region")}
        if self.get_option("profile"):
            given["profile_name"] = self.get_option("profile")
        else:
            keys = {"access_key": "access_key_id", "secret_key": "secret_access_key", "session_token": "session_token"}
            given |= {f"aws_{name}": self.get_option(option) for option, name in keys.items()}
        session = boto3.session.Session(**{name: str(value) for name, value in given.items() if value})
        role = self.get_option("assume_role_arn")
        if not role:
            return session
        external_id = self.get_option("assume_role_external_id")
        sts = session.client("sts", endpoint_url=self.get_option("endpoint_url") or None)
        assumed = sts.assume_role(
            RoleArn=str(role),
            RoleSessionName="closednet-aws",
            **({"ExternalId": str(external_id)} if external_id else {}),
        )["Credentials"]
        return boto3.session.Session(
            assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"], session.region_name
        )
