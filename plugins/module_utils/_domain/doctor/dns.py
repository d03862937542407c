# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about DNS: what answers for a service's name in a VPC.

That may be the endpoint's private DNS, private hosted zones, Route 53 Resolver rules, DNS Firewall, Route 53 Profiles,
or DNS servers that aren't AWS's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from ..endpoints.resolution import OVER, rule_for
from .facts import Facts, Item
from .findings import CAUSE, UNKNOWN, Finding
from .vpc import Vpc

OVERRIDE = "resolver_rule_or_phz_override"
# https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html; servers() adds the VPC's base plus two.
OF_AMAZON = {"AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253"}


def overrides(facts: Facts, names: Iterable[tuple[str, str, str]]) -> Iterator[Finding]:
    """Findings for names that a Resolver rule forwards. names: (service, name, private zone that answers for it)"""
    for service, name, zone in names:
        rule = rule_for(facts, name, zone)
        if rule:
            targets = ", ".join(target.get("Ip") or target.get("Ipv6", "?") for target in rule.get("TargetIps", ()))
            yield Finding(
                OVERRIDE,
                UNKNOWN,
                rule["Id"],
                f"the rule for {rule['DomainName']} forwards queries for the service's name to"
                f" {targets or 'another server'}; its answer can't be read",
                f"a rule of the type SYSTEM for {name}, or that server forwards it to an inbound endpoint of this VPC",
                {
                    "ResolverRules[].DomainName": rule["DomainName"],
                    "ResolverRules[].RuleType": rule["RuleType"],
                    "ResolverRules[].TargetIps": targets,
                },
                (service,),
            )


def attached(facts: Facts) -> Iterator[Finding]:
    """Findings for DNS Firewall rule groups of the VPC and of its Route 53 Profiles.

    They may change any DNS answer in the VPC, and their content isn't read.
    """
    for group in facts.get("FirewallRuleGroupAssociations", ()):
        if group.get("Status") != "DELETING":
            yield Finding(
                OVERRIDE,
                UNKNOWN,
                group["FirewallRuleGroupId"],
                "this DNS Firewall rule group filters the VPC's names; whether it blocks AWS's wasn't checked",
                "check that none of its rules blocks amazonaws.com, api.aws or sagemaker.aws, or allow them first",
                {"FirewallRuleGroupAssociations[].Id": group["Id"]},
            )
    used = {item["ProfileId"] for item in facts.get("ProfileAssociations", ()) if item.get("Status") not in OVER}
    for resource in facts.get("ProfileResourceAssociations", ()):
        is_group = ":firewall-rule-group/" in resource["ResourceArn"] and resource.get("Status") not in OVER
        if is_group and resource["ProfileId"] in used:
            yield Finding(
                OVERRIDE,
                UNKNOWN,
                resource["ResourceArn"].rpartition("/")[2],
                f"this DNS Firewall rule group of the Profile {resource['ProfileId']} filters the VPC's names; whether"
                " it blocks AWS's wasn't checked",
                "check that none of its rules blocks amazonaws.com, api.aws or sagemaker.aws, or allow them first",
                {"ProfileResourceAssociations[].ResourceArn": resource["ResourceArn"]},
            )


def private_names(vpc: Vpc, service: str, endpoint: Item) -> Iterator[Finding]:
    """Findings about what answers for the names of a service with an interface endpoint."""
    zones = vpc.private_zones(service)
    by_zone = zones[0]["Name"] if zones else ""
    names = [name.removeprefix("*.") for name in vpc.names(service)]
    has_names = bool(endpoint.get("PrivateDnsEnabled"))
    yield from overrides(vpc.facts, ((service, name, name if has_names else by_zone) for name in names))
    if zones:
        yield Finding(
            OVERRIDE,
            UNKNOWN,
            zones[0]["HostedZoneId"],
            f"the private zone {by_zone} answers for names of the service; its records weren't checked",
            f"its records must lead to {endpoint['VpcEndpointId']}",
            {"HostedZoneSummaries[].Name": by_zone},
            (service,),
        )
    elif not has_names and (names or vpc.offered is None):
        yield Finding(
            "private_dns_off",
            # A private zone of the VPC may answer instead.
            CAUSE if "HostedZones" in vpc.facts else UNKNOWN,
            endpoint["VpcEndpointId"],
            "private DNS is off, so the service's usual name leads clients to a public address",
            "closed_vpc_endpoints: private_dns: true",
            {"VpcEndpoints[].PrivateDnsEnabled": False},
            (service,),
        )


def attributes(vpc: Vpc) -> Iterator[Finding]:
    """Yield a finding if enableDnsSupport or enableDnsHostnames is off."""
    off = sorted(key for key, value in vpc.facts.get("VpcAttributes", {}).items() if not value)
    if off:
        yield Finding(
            "vpc_dns_attributes",
            CAUSE,
            vpc.id,
            f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} off, so that private DNS names aren't resolved",
            "closed_vpc_endpoints turns both on; tiered_vpc: dns_hostnames",
            {f"{key}.Value": False for key in off},
        )


def servers(vpc: Vpc) -> Iterator[Finding]:
    """Yield a finding if the DHCP options name DNS servers other than Amazon's, or none."""
    if "Vpcs" not in vpc.facts or "DhcpOptions" not in vpc.facts:
        return
    (own,) = (item for item in vpc.facts["Vpcs"] if item["VpcId"] == vpc.id)
    resolver = str(IPv4Network(own["CidrBlock"])[2])
    named = [
        value["Value"]
        for options in vpc.facts["DhcpOptions"]
        for configuration in options["DhcpConfigurations"]
        if configuration["Key"] == "domain-name-servers"
        for value in configuration["Values"]
    ]
    others = [server for server in named if server not in {*OF_AMAZON, resolver}]
    if others or not named:
        yield Finding(
            "custom_dhcp_dns",
            UNKNOWN,
            own.get("DhcpOptionsId", vpc.id),
            f"the DNS servers are {', '.join(others)}; whether they forward AWS's names to the VPC's isn't known"
            if others
            else "the DHCP options name no DNS server",
            f"forward amazonaws.com, api.aws and sagemaker.aws to {resolver}, tcp and udp 53; or AmazonProvidedDNS",
            {"DhcpConfigurations[domain-name-servers]": named},
        )
