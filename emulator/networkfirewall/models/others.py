# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS inspection configurations and container associations: stored and answered, without effect on traffic."""

from __future__ import annotations

from typing import Any

from emulator.networkfirewall.errors import invalid_request
from emulator.networkfirewall.models.resource import Resource
from emulator.transitions import Transition


class TlsConfiguration(Resource):
    """TLS inspection configuration. All texts: [pf]."""

    segment = "tls-configuration"

    def __init__(self, account_id: str, region: str, name: str, request: dict[str, Any]):
        super().__init__(account_id, region, name, request)
        self.definition: dict[str, Any] = {}

    def put(self, definition: dict[str, Any]) -> None:
        for number, one in enumerate(definition.get("ServerCertificateConfigurations") or []):
            path = f"ServerCertificateConfigurations[{number}]"
            if not one.get("ServerCertificates") and not one.get("CertificateAuthorityArn"):
                text = "ServerCertificates, CertificateAuthorityArn cannot be null or empty"
                raise invalid_request(text, context=path)
            if not one.get("Scopes"):
                raise invalid_request("Scopes cannot be null or empty", context=path)
        self.definition = definition

    def response(self, associations: int) -> dict[str, Any]:
        return {
            "TLSInspectionConfigurationArn": self.arn,
            "TLSInspectionConfigurationName": self.name,
            "TLSInspectionConfigurationId": self.id,
            "TLSInspectionConfigurationStatus": self.status,
            "Description": self.description,
            "Tags": self.tag_list(),
            "LastModifiedTime": self.modified,
            "NumberOfAssociations": associations,
            "EncryptionConfiguration": self.encryption,
        }


class ContainerAssociation(Resource):
    segment = "container-association"

    def __init__(self, account_id: str, region: str, name: str, request: dict[str, Any]):
        super().__init__(account_id, region, name, request)
        self.type: str = request["Type"]
        self.configurations: list[dict[str, Any]] = request["ContainerMonitoringConfigurations"]
        self.status = Transition("CREATING", "ACTIVE")

    def put(self, request: dict[str, Any]) -> None:
        if request["Type"] != self.type:  # "You can't change the container type after creation": text not verified
            raise invalid_request("Type cannot be changed", request["Type"], "Type")
        self.configurations = request["ContainerMonitoringConfigurations"]
        self.description = request.get("Description", self.description)
        self.touch()
        self.status = Transition("UPDATING", "ACTIVE")

    def shape(self) -> dict[str, Any]:
        return {
            "ContainerAssociationName": self.name,
            "ContainerAssociationArn": self.arn,
            "Description": self.description,
            "Type": self.type,
            "ContainerMonitoringConfigurations": self.configurations,
            "Status": self.status,
            "Tags": self.tag_list(),
            "UpdateToken": self.token,
        }
