# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.sagemaker.exceptions import ResourceNotFound
from moto.sagemaker.responses import SageMakerResponse

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
        answer = super().create_notebook_instance()
        name, subnet_id = self._get_param("NotebookInstanceName"), self._get_param("SubnetId")
        if subnet_id:
            groups = self._get_param("SecurityGroupIds") or []
            description = f"[Do not delete] ENI managed by SageMaker for NotebookInstance {name}"  # not verified
            ec2 = ec2_backends[self.current_account][self.region]
            interface = add_interface(ec2, ec2.get_subnet(subnet_id), groups, description)
            self.sagemaker_backend.get_notebook_instance(name).interface_id = interface.id
        return answer

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
