# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operations on TLS inspection configurations, container associations, context stores and proxies.

No test needs more of them than that they answer as the API's model says. There are no context stores and no proxies.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from emulator.networkfirewall.errors import invalid_operation, invalid_request, not_found
from emulator.networkfirewall.models.others import ContainerAssociation, TlsConfiguration
from emulator.networkfirewall.models.policies import Policy
from emulator.networkfirewall.models.policies_v2 import PolicyV2
from emulator.networkfirewall.responses.base import Base

TLS = "TLSInspectionConfiguration"


class OtherResponse(Base):
    # TLS inspection

    def create_tls_inspection_configuration(self) -> ActionResult:
        name = self.request[f"{TLS}Name"]
        configuration = TlsConfiguration(self.current_account, self.region, name, self.request)
        configuration.put(self.request[TLS])
        self.backend.add(configuration)
        return self._tls_answer(configuration)

    def update_tls_inspection_configuration(self) -> ActionResult:
        configuration = self._tls()
        configuration.check_token(self._get_param("UpdateToken"))
        configuration.put(self.request[TLS])
        configuration.description = self.request.get("Description", configuration.description)
        configuration.touch()
        return self._tls_answer(configuration)

    def describe_tls_inspection_configuration(self) -> ActionResult:
        configuration = self._tls()
        return self._tls_answer(configuration, **{TLS: configuration.definition})

    def delete_tls_inspection_configuration(self) -> ActionResult:
        configuration = self._tls()
        self.backend.delete_unused(configuration, self._policies_with(configuration))
        return ActionResult({f"{TLS}Response": configuration.response(0)})

    def list_tls_inspection_configurations(self) -> ActionResult:
        known = self.backend.of(TlsConfiguration)
        return self.paged(f"{TLS}s", [{"Name": one.name, "Arn": one.arn} for one in known])

    def _tls(self) -> TlsConfiguration:
        return self.backend.find(TlsConfiguration, self._get_param(f"{TLS}Arn"), self._get_param(f"{TLS}Name"))

    def _policies_with(self, configuration: TlsConfiguration) -> list[Any]:
        policies = [*self.backend.of(Policy), *self.backend.of(PolicyV2)]
        return [policy for policy in policies if policy.definition.get(f"{TLS}Arn") == configuration.arn]

    def _tls_answer(self, configuration: TlsConfiguration, **members: Any) -> ActionResult:
        response = configuration.response(len(self._policies_with(configuration)))
        return ActionResult({"UpdateToken": configuration.token, f"{TLS}Response": response} | members)

    # Container associations

    def create_container_association(self) -> ActionResult:
        name = self.request["ContainerAssociationName"]
        association = ContainerAssociation(self.current_account, self.region, name, self.request)
        self.backend.add(association)
        return ActionResult(association.shape() | {"Status": "CREATING"})

    def update_container_association(self) -> ActionResult:
        association = self._containers()
        association.check_token(self._get_param("UpdateToken"))
        association.put(self.request)
        return ActionResult(association.shape())

    def describe_container_association(self) -> ActionResult:
        association = self._containers()
        return ActionResult(association.shape() | {"ResolvedCidrCount": 0, "LastUpdatedTime": association.modified})

    def delete_container_association(self) -> ActionResult:
        association = self._containers()
        association.delete()
        return ActionResult(association.shape() | {"Status": "DELETING"})

    def list_container_associations(self) -> ActionResult:
        known = self.backend.of(ContainerAssociation)
        return self.paged("ContainerAssociations", [{"Name": one.name, "Arn": one.arn} for one in known])

    def _containers(self) -> ContainerAssociation:
        arn, name = self._get_param("ContainerAssociationArn"), self._get_param("ContainerAssociationName")
        return self.backend.find(ContainerAssociation, arn, name)

    # Context stores and proxies

    def list_context_stores(self) -> ActionResult:
        return self.paged("ContextStores", [])

    def list_resources_in_context_store(self) -> ActionResult:
        raise not_found(self.request["ContextStoreId"])

    def describe_proxy(self) -> ActionResult:
        raise self._no_proxy()

    def delete_proxy(self) -> ActionResult:
        raise self._no_proxy()

    def _no_proxy(self) -> Exception:
        arn, name = self._get_param("ProxyArn"), self._get_param("ProxyName")
        return not_found(arn or name) if arn or name else invalid_request("Name and ARN cannot both be null")

    def update_proxy_settings(self) -> ActionResult:
        self.changeable()
        raise invalid_operation("The firewall isn't a proxy mode firewall")  # not verified
