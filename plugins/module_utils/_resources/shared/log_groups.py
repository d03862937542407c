# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls on log groups that several kinds of them share."""

from __future__ import annotations

from ..._core.reconcile import Call


def put_retention(id_, before, after):
    arguments = {"logGroupName": after["log_group"], "retentionInDays": after["retention_days"]}
    return [Call("logs.put_retention_policy", arguments)]
