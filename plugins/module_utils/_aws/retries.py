# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers that decide how often a call to AWS is sent, all of them.

How the numbers add up. botocore sends a read up to READ_ATTEMPTS times, whatever the error, with pauses of up to 20
seconds; SILENT_ATTEMPTS times where nothing answers, each of which takes connect_timeout or read_timeout. A write is
sent once, and again only while AWS throttles it, for THROTTLED_SECONDS, at the rate at which AWS refills the bucket of
its operation. What the engine does about a call that failed is in retries.py of _core.
"""

from __future__ import annotations

# For calls that may be sent again whatever the error: reads, and AssumeRole.
READ_ATTEMPTS = 10
# "standard" is the newer of botocore's retry modes.
READ_RETRIES = {"mode": "standard", "total_max_attempts": READ_ATTEMPTS}
# botocore must not send a write again: one whose answer was lost may have taken place.
WRITE_RETRIES = {**READ_RETRIES, "total_max_attempts": 1}

# The other end may accept a connection and never answer. botocore's 60 seconds, ten times, are ten minutes; AWS answers
# what is asked here within a few seconds. aws_config overrides these.
TIMEOUTS = {"connect_timeout": 5, "read_timeout": 25}
SILENT_ATTEMPTS = 2

# How long a throttled write is sent again, and its pauses.
THROTTLED_SECONDS = 120
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 20.0

# Calls a second that AWS's buckets refill with: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html,
# "Mutating actions", and those that it lists by name.
REFILL = 5.0
REFILLS = {
    "ec2.create_tags": 10.0,
    "ec2.delete_tags": 10.0,
    "ec2.accept_vpc_endpoint_connections": 1.0,
    "ec2.create_nat_gateway": 1.0,
    "ec2.create_vpc_endpoint": 0.3,
    "ec2.create_vpc_endpoint_service_configuration": 1.0,
    "ec2.delete_nat_gateway": 1.0,
    "ec2.delete_vpc_endpoint_service_configurations": 1.0,
    "ec2.delete_vpc_endpoints": 0.3,
    "ec2.modify_vpc_endpoint": 0.3,
    "ec2.modify_vpc_endpoint_service_configuration": 1.0,
    "ec2.reject_vpc_endpoint_connections": 1.0,
}
