# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers of the engine's retry policy, all of them.

How the numbers add up. A step is sent until the cloud accepts it, for SETTLED_SECONDS at most; a look-up repeats that
for as long again. Then its wait lasts up to the module's wait_timeout, and the search for duplicates GIVES_WAY_SECONDS
at most. A step whose answer was lost, or that no longer applies, is read and planned again, ATTEMPTS times in all. So a
step that never succeeds takes at most ATTEMPTS x (SETTLED_SECONDS + wait_timeout + GIVES_WAY_SECONDS) plus the time of
the reads. Most fail at once: only what can change by itself is sent again (Meaning in cloud.py). A single call can
outlast SETTLED_SECONDS: how often it is sent is up to the cloud, see retries.py of _aws.
"""

from __future__ import annotations

# Attempts for a step whose answer was lost or that no longer applies; each attempt reads and plans again. Not at once,
# since a write's effect may not be visible for a moment ("Eventual consistency in the Amazon EC2 API").
ATTEMPTS = 3
READ_AGAIN_SECONDS = 2

# A resource that was just created may be unknown to the next call for a while, or not in its state yet; one that was
# just deleted may still hold another: "Eventual consistency in the Amazon EC2 API". No longer than wait_timeout.
SETTLED_SECONDS = 60

# How long the winner waits for the loser's duplicate to disappear; must exceed the loser's time from check to delete.
GIVES_WAY_SECONDS = 20

# How long a run that reads two resources where one is meant waits until the run that created one of them has deleted
# it: longer than that run waits, since it may have begun to wait at the same moment, and its deletion takes time.
DUPLICATES_SECONDS = 2 * GIVES_WAY_SECONDS

# Between two looks at a state, or two attempts: the first pause, how it grows, and the longest one.
FIRST_PAUSE_SECONDS, GROWTH, LONGEST_PAUSE_SECONDS = 0.25, 1.6, 10.0

# Most calls at the same time.
PARALLEL = 8

# Between two messages on the progress of a long plan.
PROGRESS_SECONDS = 10
