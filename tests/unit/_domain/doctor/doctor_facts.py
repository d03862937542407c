# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of a healthy closed VPC, as Describe calls return them.

In each of two zones are a subnet of the workload and one of the endpoints. The subnets of the first zone have a route
table of their own, those of the second use the main one. Network ACLs allow what is needed and no more.
"""

from __future__ import annotations

import json

from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.target import Target
from ansible_collections.closednet.aws.plugins.module_utils._domain.endpoints import policies, profiles
from ansible_collections.closednet.aws.plugins.module_utils._domain.values.ports import CLIENT_PORTS

ACCOUNT, REGION, VPC, ORGANIZATION = "444444444444", "eu-central-1", "vpc-1", "o-abcdefghij"
APP = {"subnet-a1": "10.4.0.0/24", "subnet-a2": "10.4.1.0/24"}
ENDPOINT = {"subnet-e1": "10.4.8.0/26", "subnet-e2": "10.4.8.64/26"}
ZONES = {"subnet-a1": "euc1-az1", "subnet-a2": "euc1-az2", "subnet-e1": "euc1-az1", "subnet-e2": "euc1-az2"}
ADDRESSES = {"subnet-e1": "10.4.8.5", "subnet-e2": "10.4.8.69"}
OF_S3 = ["52.219.170.0/23", "3.5.136.0/22"]
OF_DYNAMODB = ["52.94.17.0/24"]
LISTS = {"s3": ("pl-s3", OF_S3), "dynamodb": ("pl-dynamodb", OF_DYNAMODB)}


def target(workloads=("ecs_fargate",), services=(), **more):
    needed = profiles.required(workloads, services)
    objects = tuple(arn.format(partition="aws", region=REGION) for arn in profiles.buckets(workloads))
    options = {"client_ports": CLIENT_PORTS["lambda"], **more}
    return Target(tuple(APP), ("sg-app",), tuple(needed), objects, **options)


def healthy(workloads=("ecs_fargate",), services=()):
    """Build the facts for workloads and services that have all they need."""
    needed = profiles.required(workloads, services)
    objects = [arn.format(partition="aws", region=REGION) for arn in profiles.buckets(workloads)]
    place = {"partition": "aws", "region": REGION}
    gateways = [service for service in needed if service in profiles.GATEWAYS]
    interfaces = [service for service in needed if service not in profiles.GATEWAYS]
    endpoints = [
        {
            "VpcEndpointId": f"vpce-{service}",
            "VpcEndpointType": "Gateway" if service in gateways else "Interface",
            "VpcId": VPC,
            "ServiceName": name_of(service),
            "State": "available",
            "PolicyDocument": json.dumps(policies.own(service, ORGANIZATION, ACCOUNT, place, objects)),
            "RouteTableIds": ["rtb-main", "rtb-app"] if service in gateways else [],
            **({} if service in gateways else of_interface(service)),
        }
        for service in needed
    ]
    return {
        "account_id": ACCOUNT,
        "region": REGION,
        "partition": "aws",
        "vpc_id": VPC,
        "Subnets": [subnet(id_, cidr) for id_, cidr in {**APP, **ENDPOINT}.items()],
        "Vpcs": [{"VpcId": VPC, "CidrBlock": "10.4.0.0/16", "DhcpOptionsId": "dopt-1", "OwnerId": ACCOUNT}],
        "VpcAttributes": {"EnableDnsSupport": True, "EnableDnsHostnames": True},
        "DhcpOptions": [
            {
                "DhcpOptionsId": "dopt-1",
                "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]}],
            }
        ],
        "VpcEndpoints": endpoints,
        "ServiceDetails": [
            {
                "ServiceName": name_of(service),
                "ServiceType": [{"ServiceType": "Gateway" if service in gateways else "Interface"}],
                "AvailabilityZoneIds": ["euc1-az1", "euc1-az2", "euc1-az3"],
                "PrivateDnsNames": [] if service in gateways else [{"PrivateDnsName": host_of(service)}],
            }
            for service in [*needed, "codecommit"]
        ],
        "RouteTables": [
            table("rtb-main", gateways, [{"Main": True}]),
            table("rtb-app", gateways, [{"SubnetId": "subnet-a1"}, {"SubnetId": "subnet-e1"}]),
        ],
        "NetworkAcls": [
            acl(
                "acl-app",
                APP,
                outbound=[("10.4.8.0/25", 443, 443), *((cidr, 443, 443) for cidr in [*OF_S3, *OF_DYNAMODB])],
                inbound=[("10.4.8.0/25", 1024, 65535), *((cidr, 1024, 65535) for cidr in [*OF_S3, *OF_DYNAMODB])],
            ),
            acl("acl-e1", ["subnet-e1"], [("10.4.0.0/23", 1024, 65535)], [("10.4.0.0/23", 443, 443)]),
            acl("acl-e2", ["subnet-e2"], [("10.4.0.0/23", 1024, 65535)], [("10.4.0.0/23", 443, 443)]),
        ],
        "SecurityGroups": [
            {
                "GroupId": "sg-app",
                "GroupName": "app",
                "VpcId": VPC,
                "IpPermissions": [],
                "IpPermissionsEgress": [
                    permission(UserIdGroupPairs=[{"GroupId": "sg-endpoints"}]),
                    permission(PrefixListIds=[{"PrefixListId": id_} for id_, _cidrs in LISTS.values()]),
                ],
            },
            {
                "GroupId": "sg-endpoints",
                "GroupName": "endpoints",
                "VpcId": VPC,
                "IpPermissions": [permission(IpRanges=[{"CidrIp": "10.4.0.0/24"}, {"CidrIp": "10.4.1.0/24"}])],
                "IpPermissionsEgress": [],
            },
        ],
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": f"eni-{service}-{subnet_id}",
                "SubnetId": subnet_id,
                "VpcId": VPC,
                "PrivateIpAddress": address,
                "Groups": [{"GroupId": "sg-endpoints"}],
            }
            for service in interfaces
            for subnet_id, address in ADDRESSES.items()
        ],
        "PrefixLists": [
            {"PrefixListId": id_, "PrefixListName": name_of(service), "Cidrs": list(cidrs)}
            for service, (id_, cidrs) in LISTS.items()
        ],
        "HostedZones": [
            # AWS's own zones, one for each endpoint with private DNS.
            {
                "HostedZoneId": f"Z{number}",
                "Name": f"{host_of(service)}.",
                "Owner": {"OwningService": "vpce.amazonaws.com"},
            }
            for number, service in enumerate(interfaces)
        ],
        "VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "off"},
        "VpcBlockPublicAccessExclusions": [],
        "ResolverRules": [],
        "ResolverRuleAssociations": [],
        "FirewallRuleGroupAssociations": [],
        "ProfileAssociations": [
            {"ProfileId": "rp-1", "ResourceId": VPC, "Status": "COMPLETE", "Priority": 100, "Id": "rpassoc-1"}
        ],
        # Resources that answer for no name.
        "ProfileResourceAssociations": [
            {
                "ProfileId": "rp-1",
                "ResourceArn": f"arn:aws:route53resolver:{REGION}:999999999999:resolver-query-log-config/rqlc-1",
                "Status": "COMPLETE",
            }
        ],
        "Organization": {"Id": ORGANIZATION},
        "denied": {},
    }


def name_of(service):
    return f"com.amazonaws.{REGION}.{service}"


def host_of(service):
    return f"{'.'.join(reversed(service.split('.')))}.{REGION}.amazonaws.com"


def of_interface(service):
    return {
        "SubnetIds": list(ENDPOINT),
        "NetworkInterfaceIds": [f"eni-{service}-{subnet_id}" for subnet_id in ENDPOINT],
        "Groups": [{"GroupId": "sg-endpoints", "GroupName": "endpoints"}],
        "PrivateDnsEnabled": True,
        "IpAddressType": "ipv4",
    }


def subnet(id_, cidr):
    return {
        "SubnetId": id_,
        "VpcId": VPC,
        "OwnerId": ACCOUNT,
        "CidrBlock": cidr,
        "AvailabilityZoneId": ZONES[id_],
        "AvailableIpAddressCount": 40,
    }


def table(id_, gateways, associations):
    local = {"DestinationCidrBlock": "10.4.0.0/16", "GatewayId": "local", "State": "active"}
    to_gateways = [
        {"DestinationPrefixListId": LISTS[service][0], "GatewayId": f"vpce-{service}", "State": "active"}
        for service in gateways
    ]
    return {"RouteTableId": id_, "VpcId": VPC, "Routes": [local, *to_gateways], "Associations": associations}


def acl(id_, subnets, outbound, inbound):
    last = {"RuleNumber": 32767, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}
    entries = [
        {
            "RuleNumber": 100 + 10 * number,
            "Protocol": "6",
            "RuleAction": "allow",
            "Egress": egress,
            "CidrBlock": cidr,
            "PortRange": {"From": first, "To": final},
        }
        for egress, rules in ((True, outbound), (False, inbound))
        for number, (cidr, first, final) in enumerate(rules)
    ]
    return {
        "NetworkAclId": id_,
        "VpcId": VPC,
        "Associations": [{"SubnetId": subnet_id} for subnet_id in subnets],
        "Entries": [*entries, *({**last, "Egress": egress} for egress in (True, False))],
    }


def permission(**peers):
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peers}
