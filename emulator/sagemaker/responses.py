# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.sagemaker.exceptions import ResourceNotFound, ValidationError
from moto.sagemaker.responses import SageMakerResponse

from emulator.ec2.models.interfaces import security_groups
from emulator.interfaces import add_interface, remove_interface


class SageMakerResponses(SageMakerResponse):
    def describe_domain(self) -> ActionResult:
        self._check_domain()
        return super().describe_domain()

    def delete_domain(self) -> ActionResult:
        self._check_domain()
        return super().delete_domain()

    def _check_domain(self) -> None:
        """Raise ResourceNotFound if the domain doesn't exist.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeDomain.html; the text is not verified.
        """
        domain_id = self._get_param("DomainId")
        if domain_id not in self.sagemaker_backend.domains:
            raise ResourceNotFound(message=f"Domain [{domain_id}] does not exist.")

    def create_notebook_instance(self) -> ActionResult:
        name, subnet_id = self._get_param("NotebookInstanceName"), self._get_param("SubnetId")
        groups = self._get_param("SecurityGroupIds") or []
        ec2: Any = ec2_backends[self.current_account][self.region]
        if subnet_id:
            self._check_network(ec2, subnet_id, groups)
        answer = super().create_notebook_instance()
        if subnet_id:
            description = f"[Do not delete] ENI managed by SageMaker for NotebookInstance {name}"  # not verified
            interface = add_interface(ec2, ec2.get_subnet(subnet_id), groups, description)
            self.sagemaker_backend.get_notebook_instance(name).interface_id = interface.id
        return answer

    @staticmethod
    def _check_network(ec2: Any, subnet_id: str, groups: list[str]) -> None:
        """Refuse an unknown or full subnet, and groups that its VPC doesn't have; code and texts are not verified."""
        try:
            subnet = ec2.get_subnet(subnet_id)
            security_groups(ec2, subnet, groups)
        except EC2ClientError as error:
            raise ValidationError(error.message) from None
        if subnet.available_ip_address_count < 1:
            raise ValidationError(f"Subnet {subnet_id} has no free IP addresses")

    def describe_notebook_instance(self) -> ActionResult:
        notebook = self.sagemaker_backend.get_notebook_instance(self._get_param("NotebookInstanceName"))
        interface_id = getattr(notebook, "interface_id", None)
        return ActionResult(notebook.to_dict() | {"NetworkInterfaceId": interface_id})

    def delete_notebook_instance(self) -> ActionResult:
        notebook = self.sagemaker_backend.get_notebook_instance(self._get_param("NotebookInstanceName"))
        answer = super().delete_notebook_instance()
        if interface_id := getattr(notebook, "interface_id", None):
            remove_interface(ec2_backends[self.current_account][self.region], interface_id)
        return answer
