# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import TYPE_RESPONSE
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from emulator.awslambda import policies, running
from emulator.ec2.models.interfaces import security_groups
from emulator.interfaces import add_interface, remove_interface


class Function(LambdaFunction):
    """Function with an interface in each subnet of its VPC; functions of the same subnet and groups share it.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """

    logging: dict[str, Any]
    interfaces: dict[tuple[str, ...], str]
    failure: tuple[str, str] | None = None

    @property
    def vpc_config(self) -> dict[str, Any] | None:
        if self._vpc_config is None:
            return None
        subnet_ids = self._vpc_config.get("SubnetIds") or []
        vpc_id = ec2_backends[self.account_id][self.region].get_subnet(subnet_ids[0]).vpc_id if subnet_ids else ""
        groups = self._vpc_config.get("SecurityGroupIds") or []
        ipv6 = self._vpc_config.get("Ipv6AllowedForDualStack", False)
        return {"SubnetIds": subnet_ids, "SecurityGroupIds": groups, "VpcId": vpc_id, "Ipv6AllowedForDualStack": ipv6}

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        configuration = super().get_configuration(on_create) | {"LoggingConfig": default | self.logging}
        if self.failure:
            code, reason = self.failure
            configuration |= {"State": "Failed", "StateReasonCode": code, "StateReason": reason}
        return configuration


policies.register()


class LambdaResponses(LambdaResponse):
    def create_function(self) -> TYPE_RESPONSE:
        self._check_vpc()
        answer = super().create_function()
        name = json.loads(answer[2])["FunctionName"]
        function = self.backend.get_function(name)
        function.__class__ = Function
        function.logging, function.interfaces = self.json_body.get("LoggingConfig", {}), {}
        self._put_interfaces(function)
        return answer[0], answer[1], json.dumps(function.get_configuration(on_create=True))

    def update_function_configuration(self) -> TYPE_RESPONSE:
        self._check_vpc()
        status, headers, body = super().update_function_configuration()
        if status != 200:
            return status, headers, body
        function = self.backend.get_function(unquote(self.path.rsplit("/", 2)[-2]))
        function.logging |= self.json_body.get("LoggingConfig", {})
        function.tracing_config = self.json_body.get("TracingConfig") or function.tracing_config
        if storage := self.json_body.get("EphemeralStorage"):
            function.ephemeral_storage = storage["Size"]
        if "VpcConfig" in self.json_body:
            self._put_interfaces(function)
        return status, headers, json.dumps(function.get_configuration())

    def update_function_url_config(self) -> str:
        answer = super().update_function_url_config()
        mode = self.json_body.get("InvokeMode")
        if not mode:
            return answer
        function = self.backend.get_function(unquote(self.path.split("/")[-2]))
        function.url_config.config["InvokeMode"] = mode
        return json.dumps(function.url_config.to_dict())

    def delete_function(self) -> TYPE_RESPONSE:
        function = self.backend.get_function(unquote(self.path.rsplit("/", 1)[-1]))
        answer = super().delete_function()
        if function not in self.backend.list_functions():
            self._remove_interfaces(function, function.interfaces)
        return answer

    def invoke(self) -> Any:
        """Run the function: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html.

        With InvocationType Event the run is over when the call is answered, and its result is dropped.
        """
        kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        function = self.backend.get_function(unquote(self.path.rsplit("/", 2)[-2]), self._get_param("Qualifier"))
        if kind == "DryRun":
            return 204, {}, ""
        event = self.body if isinstance(self.body, bytes) else (self.body or "{}").encode()
        if len(event) > running.LARGEST_REQUEST:
            text = f"Request must be smaller than {running.LARGEST_REQUEST} bytes for the InvokeFunction operation"
            error = {"Type": "User", "message": text}
            return 413, {"x-amzn-ErrorType": "RequestTooLargeException"}, json.dumps(error)
        outcome = running.run(function, event, str(uuid4()))
        if kind == "Event":
            return 202, {}, ""
        headers = {"x-amz-executed-version": str(function.version)}
        return 200, headers | ({"x-amz-function-error": "Unhandled"} if outcome.error else {}), outcome.payload

    def invoke_async(self) -> Any:
        raise NotImplementedError("InvokeAsync is deprecated")

    def _check_vpc(self) -> None:
        """Raise InvalidParameterValueException for unknown subnets or groups, or one without the other.

        The texts: https://github.com/hashicorp/terraform-provider-aws/issues/4149
        """
        config = self.json_body.get("VpcConfig") or {}
        subnet_ids, group_ids = config.get("SubnetIds") or [], config.get("SecurityGroupIds") or []
        ec2 = ec2_backends[self.current_account][self.region]
        if bool(subnet_ids) != bool(group_ids):
            raise InvalidParameterValueException("SubnetIds and SecurityIds must coexist or be both empty list.")
        for subnet_id in subnet_ids:
            try:
                ec2.get_subnet(subnet_id)
            except EC2ClientError:
                raise InvalidParameterValueException(
                    "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
                    f"EC2 Error Message: The subnet ID '{subnet_id}' does not exist"
                ) from None
        for group_id in group_ids:
            if ec2.get_security_group_from_id(group_id) is None:
                raise InvalidParameterValueException(
                    "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
                    f"EC2 Error Message: The security group '{group_id}' does not exist"
                )
        vpcs = {ec2.get_subnet(subnet_id).vpc_id for subnet_id in subnet_ids}
        try:
            if len(vpcs) > 1:
                raise InvalidParameterValueException("Subnets must belong to the same VPC")  # not verified
            if subnet_ids:
                security_groups(ec2, ec2.get_subnet(subnet_ids[0]), group_ids)
        except EC2ClientError as error:
            # The text is not verified.
            raise InvalidParameterValueException(
                f"EC2 Error Code: {error.code}. EC2 Error Message: {error.message}"
            ) from None

    def _put_interfaces(self, function: Function) -> None:
        """Create or share the function's interfaces, and delete those that no function needs.

        In a subnet without free addresses the function fails:
        https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
        """
        config = function.vpc_config or {"SubnetIds": [], "SecurityGroupIds": []}
        groups = config["SecurityGroupIds"]
        wanted = [(subnet_id, *sorted(groups)) for subnet_id in config["SubnetIds"]]
        before, function.interfaces, function.failure = function.interfaces, {}, None
        shared = self._interfaces_of_others(function)
        ec2 = ec2_backends[self.current_account][self.region]
        for key in wanted:
            interface_id = before.get(key) or shared.get(key)
            if interface_id is None and not ec2.get_subnet(key[0]).available_ip_address_count:
                text = f"Lambda was not able to set up VPC network access: subnet {key[0]} has no free IP addresses"
                function.failure = ("SubnetOutOfIPAddresses", text)  # the text is not verified
                continue
            if interface_id is None:
                description = f"AWS Lambda VPC ENI-{function.function_name}"
                interface_id = add_interface(ec2, ec2.get_subnet(key[0]), groups, description, "lambda").id
            function.interfaces[key] = interface_id
        self._remove_interfaces(function, {key: value for key, value in before.items() if key not in wanted})

    def _interfaces_of_others(self, function: Function) -> dict[tuple[str, ...], str]:
        found: dict[tuple[str, ...], str] = {}
        for other in self.backend.list_functions():
            if other.function_name != function.function_name:
                found |= other.interfaces
        return found

    def _remove_interfaces(self, function: Function, interfaces: dict[tuple[str, ...], str]) -> None:
        used = set(self._interfaces_of_others(function).values())
        for interface_id in set(interfaces.values()) - used:
            remove_interface(ec2_backends[self.current_account][self.region], interface_id)
