# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service models of botocore, loaded and parsed once for all workers of a run."""

from __future__ import annotations

import os
from collections.abc import Collection

try:
    import botocore.session
    from botocore.exceptions import BotoCoreError
    from botocore.loaders import create_loader

    # One loader per process: it keeps the parsed service models, whose parsing costs more than a whole no-op
    # (EC2's is the largest). Loading them before Ansible forks its workers saves every worker that cost.
    # Not a session's loader, since a session would read the user's profile now.
    LOADER = create_loader(os.environ.get("AWS_DATA_PATH"))
except ImportError:
    LOADER = None  # module.run says what is missing

# A service's prefix in IAM -> boto3's name for it.
PRELOADED = {
    "elasticloadbalancing": "elbv2",
    "sso": "sso-admin",
    **{
        service: service
        for service in (
            *("account-access", "athena", "cloudtrail", "codeartifact", "dynamodb", "ec2", "ecs", "firehose", "glue"),
            *("iam", "identitystore", "kms", "lambda", "logs", "network-firewall", "s3"),
            *("observabilityadmin", "organizations", "ram"),
            *("route53", "route53profiles", "route53resolver", "scheduler", "ssm", "sts", "vpc-lattice"),
        )
    },
}


def load_service_models(prefixes: Collection[str]) -> None:
    """Load into LOADER what a first client of each service reads and parses. No network, no credential.

    prefixes: the services' prefixes in IAM. Leaves out the services that only the doctor (of its targets) and
    pci_guard_info read, since most tasks need none of them.
    """
    core = botocore.session.Session()
    core.register_component("data_loader", LOADER)
    for prefix, service in PRELOADED.items():
        if prefix in prefixes:
            try:
                client = core.create_client(
                    service, region_name="us-east-1", aws_access_key_id="unused", aws_secret_access_key="unused"
                )
            except BotoCoreError:
                return  # a wrong profile or config file, which the task itself reports
            client.can_paginate(next(iter(client.meta.method_to_api_mapping)))
