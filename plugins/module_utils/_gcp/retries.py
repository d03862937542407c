# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers that decide how often a call to Google Cloud is sent, all of them.

How the numbers add up. A call that Google throttles is sent again for THROTTLED_SECONDS, whatever it does. A read, and
a write with a requestId, is sent ATTEMPTS times if its answer is lost or a fault of Google (500, 502, 503, 504);
SILENT_ATTEMPTS times where nothing answers, each of which takes a timeout. All pauses are truncated exponential
backoff with jitter (https://docs.cloud.google.com/iam/docs/retry-strategy). Another write is sent once: it may have
taken place. Waiting for an operation lasts up to the module's wait_timeout. What the engine does about a call that
failed is in retries.py of _core.
"""

from __future__ import annotations

ATTEMPTS = 5
# The other end may accept a connection and never answer.
SILENT_ATTEMPTS = 2
# Rate quotas of Compute Engine refill each minute (https://docs.cloud.google.com/compute/api-quota).
THROTTLED_SECONDS = 150
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 32.0

# Seconds for the connection and for the answer. An operation's `wait` answers after 2 minutes at most
# (regionOperations.wait in the discovery document).
CONNECT_SECONDS, ANSWER_SECONDS, OPERATION_SECONDS = 5.0, 30.0, 130.0
# Pauses between two calls of `wait`: it may answer at once without being done ("In uncommon cases ...").
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 5.0
# How long a resource whose name is taken may not be visible yet: one run's insert lasts about 20 s for an endpoint.
TAKEN_SECONDS = 60
# Where an option gives no wait_timeout: modules that only read.
WAIT_SECONDS = 600
