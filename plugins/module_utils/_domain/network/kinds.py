# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kinds of AWS's objects that a trace follows, and those at which it ends by name: whatever isn't here is unknown.

A test compares them with botocore's enums, so that a kind that AWS adds is decided on here before it is seen.
"""

from __future__ import annotations

# Members of Route that are a target, in the order in which one is looked for, and those beyond which no Describe call
# shows the path.
ROUTE_TARGETS = (
    *("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "EgressOnlyInternetGatewayId"),
)
OPAQUE_TARGETS = {
    "NetworkInterfaceId": "an interface that forwards packets by its own rules",
    "InstanceId": "an instance that forwards packets by its own rules",
    "CarrierGatewayId": "a carrier gateway",
    "LocalGatewayId": "an Outpost's local gateway",
    "CoreNetworkArn": "a Cloud WAN core network",
    "OdbNetworkArn": "an ODB network",
}
# Other members of Route: its destination, state and origin, and what says more of a target.
OF_ROUTE = {
    *("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId", "State", "Origin"),
    *("InstanceOwnerId", "IpAddress"),
}
# Routes that come from a gateway or a route server, after those that somebody wrote.
PROPAGATED = ("EnableVgwRoutePropagation", "Advertisement")
WRITTEN = ("CreateRouteTable", "CreateRoute")
# By the start of a GatewayId: gateways of a VPC beyond which nothing is shown.
OPAQUE_GATEWAYS = {
    "vgw-": "a VPN, Direct Connect or the like",
    "lgw-": "an Outpost's local gateway",
    "cagw-": "a carrier gateway",
}

# Types of attachments of a transit gateway: followed, and those beyond which nothing is shown.
FOLLOWED_ATTACHMENTS = ("vpc", "peering", "tgw-peering", "network-function")
PREMISES = {
    "vpn": "a VPN",
    "vpn-concentrator": "a VPN concentrator",
    "direct-connect-gateway": "a Direct Connect gateway",
    "connect": "a Connect attachment, whose peers are appliances",
    "client-vpn": "a Client VPN endpoint",
}
# What an attachment may be associated with; both together are none of them.
ASSOCIATIONS = ("TransitGatewayRouteTableId", "TransitGatewayPolicyTableId")
ROUTE_TYPES = ("static", "propagated", "system")

# States of attachments in which packets pass; in the others none do.
PASSING = ("available", "modifying")
NOT_PASSING = (
    *("initiating", "initiatingRequest", "pendingAcceptance", "rollingBack", "pending", "deleting", "deleted"),
    *("failed", "rejected", "rejecting", "failing"),
)
# Of peering connections of VPCs, of which no packet passes; in "active", all may.
PEERINGS_NOT_PASSING = (
    *(
        "initiating-request",
        "pending-acceptance",
        "provisioning",
        "deleting",
        "deleted",
        "failed",
        "rejected",
        "expired",
    ),
)
# Of associations; in the other two it isn't told which way a packet takes.
SETTLED = ("associated", "disassociated")
# Of routes of a transit gateway, in which a packet takes them, or is dropped; a deleted one is none.
ROUTE_STATES = ("active", "blackhole", "deleted")
UNSETTLED_ROUTES = ("pending", "deleting")

# Types of VPC endpoints. In routes: gateways, and firewalls behind a load balancer's; with interfaces: the others.
ENDPOINTS_IN_ROUTES = ("Gateway", "GatewayLoadBalancer")
ENDPOINTS_WITH_INTERFACES = ("Interface",)
OPAQUE_ENDPOINTS = {
    "Resource": "a resource endpoint, behind which VPC Lattice forwards to a resource of another VPC",
    "ServiceNetwork": "a service-network endpoint, behind which VPC Lattice forwards",
    "Tunnel": "a tunnel endpoint, whose other end isn't shown",
}

# States of endpoints in which none of their addresses takes packets.
ENDPOINTS_NOT_TAKING = ("pendingacceptance", "pending", "deleting", "deleted", "rejected", "failed", "expired")

# Types of NAT gateways by their connectivity and availability.
NAT_CONNECTIVITY = ("private", "public")
NAT_AVAILABILITY = ("zonal", "regional")

# Types of interfaces. A workload's, which answers for itself; those of AWS's services that take packets, as far as
# their groups let them; those that take none addressed to themselves; those of which no page says what they take.
WORKLOADS = ("interface", "efa", "trunk", "branch")
TAKE = ("load_balancer", "network_load_balancer", "vpc_endpoint")
# NAT gateway: recorded. Lambda: "inbound network connections are blocked" (https://aws.amazon.com/lambda/faqs/).
ACCEPT_NO_INBOUND = {
    "nat_gateway": "a NAT gateway",
    "natGateway": "a NAT gateway",
    "lambda": "a Lambda function",
    "efa-only": "an interface without IP",
}
NOT_TOLD = (
    *("transit_gateway", "gateway_load_balancer", "gateway_load_balancer_endpoint", "quicksight"),
    *("global_accelerator_managed", "api_gateway_managed", "iot_rules_managed", "aws_codestar_connections_managed"),
)
# What interface endpoints pass: https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
PASSED_BY_ENDPOINTS = ("tcp", "udp")
# https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
PASSED_BY_NAT = ("tcp", "udp", "icmp")

# Load balancers: types whose listeners and targets are followed, states in which they take packets.
BALANCERS = ("network", "application")
OPAQUE_BALANCERS = ("gateway",)
BALANCERS_TAKING = ("active", "active_impaired")
BALANCERS_NOT_TAKING = ("provisioning", "failed")
# Protocol of a listener -> IP protocols that it takes. GENEVE: only Gateway Load Balancers have it, for all packets.
LISTENERS = {
    **dict.fromkeys(("TCP", "TLS", "HTTP", "HTTPS"), ("tcp",)),
    **dict.fromkeys(("UDP", "QUIC"), ("udp",)),
    **dict.fromkeys(("TCP_UDP", "TCP_QUIC"), ("tcp", "udp")),
}
OPAQUE_LISTENERS = ("GENEVE",)
# Actions of a rule: to targets, those that the load balancer answers itself, and those that come before.
FORWARDS = "forward"
ANSWERS = ("redirect", "fixed-response")
BEFORE_FORWARDING = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")
TARGETS = ("instance", "ip", "alb", "lambda")
# States of targets: those that get connections, those that get some if too few others do, those that get none.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
TARGETS_SERVING = ("healthy", "unavailable")
TARGETS_FAILING = ("unhealthy", "initial")
TARGETS_IDLE = ("unused", "draining", "unhealthy.draining")
STATES_OF_TARGETS = (*TARGETS_SERVING, *TARGETS_FAILING, *TARGETS_IDLE)
# Types of interfaces that only load balancers have; those of Application Load Balancers may be plain ones.
OF_BALANCERS = ("load_balancer", "network_load_balancer")
