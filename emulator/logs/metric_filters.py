# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Metric filters of log groups, in place of moto's, which adds another one when a filter is put again.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html. No metrics come of them.
"""

from __future__ import annotations

import json
from typing import Any

from moto.logs.exceptions import InvalidParameterException, LimitExceededException, ResourceNotFoundException
from moto.logs.responses import LogsResponse

from emulator import clock
from emulator.logs import patterns
from emulator.logs.models import LogsError, SubscribedLogs

# "There is a limit of 100 metric filters per log group"; "a maximum of three dimensions".
MOST_FILTERS, MOST_DIMENSIONS = 100, 3
MISSING = "The specified metric filter does not exist."
NOT_EMULATED = ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions")


class MetricFilters(LogsResponse):
    backend: SubscribedLogs

    def put_metric_filter(self) -> str:
        """Create or replace a filter. Raises the errors of the page above; their texts are not verified."""
        for member in NOT_EMULATED:
            if self._get_param(member):
                raise NotImplementedError(member)
        group, name = self._get_param("logGroupName"), self._get_param("filterName")
        self.backend.group(group)
        if group in self.backend.classes:
            raise LogsError(
                "InvalidOperationException",
                f"Metric filters are not supported for the log class {self.backend.classes[group]}.",
            )
        pattern, transformations = self._get_param("filterPattern"), self._get_param("metricTransformations")
        try:
            patterns.compiled(pattern)
        except patterns.PatternError as error:
            raise InvalidParameterException(str(error)) from None
        for transformation in transformations:
            _check_dimensions(transformation)
        known = self.backend.metric_filters.setdefault(group, {})
        if name not in known and len(known) >= MOST_FILTERS:
            raise LimitExceededException()
        created = known[name]["creationTime"] if name in known else int(clock.now().timestamp() * 1000)
        known[name] = {
            "filterName": name,
            "filterPattern": pattern,
            "metricTransformations": transformations,
            "creationTime": created,
            "logGroupName": group,
            "applyOnTransformedLogs": False,
        }
        return ""

    def describe_metric_filters(self) -> str:
        """Return one page of the filters of a log group, or of all, by name.

        https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
        """
        group, prefix = self._get_param("logGroupName"), self._get_param("filterNamePrefix", "")
        metric, namespace = self._get_param("metricName"), self._get_param("metricNamespace")
        if bool(metric) != bool(namespace):
            raise InvalidParameterException("metricName and metricNamespace must be given together.")
        if group:
            self.backend.group(group)
        found = [
            one
            for name, filters in self.backend.metric_filters.items()
            if group in (None, name)
            for one in filters.values()
            if one["filterName"].startswith(prefix)
            and (not metric or _has_metric(one["metricTransformations"], metric, namespace))
        ]
        page, token = self._page(found, lambda one: f"{one['filterName']}:{one['logGroupName']}")  # type: ignore[attr-defined]
        return json.dumps({"metricFilters": page} | ({"nextToken": token} if token else {}))

    def delete_metric_filter(self) -> str:
        group, name = self._get_param("logGroupName"), self._get_param("filterName")
        self.backend.group(group)
        if name not in self.backend.metric_filters.get(group, {}):
            raise ResourceNotFoundException(MISSING)
        del self.backend.metric_filters[group][name]
        return ""


def _check_dimensions(transformation: dict[str, Any]) -> None:
    """API_MetricTransformation: dimensions, "If you specify a dimension, you can't specify a default value"."""
    dimensions = transformation.get("dimensions") or {}
    if len(dimensions) > MOST_DIMENSIONS:
        raise InvalidParameterException(f"A metric has at most {MOST_DIMENSIONS} dimensions.")
    if dimensions and transformation.get("defaultValue") is not None:
        raise InvalidParameterException(
            "Invalid metric transformation: dimensions and default value are mutually exclusive."
        )


def _has_metric(transformations: list[dict[str, Any]], name: str, namespace: str) -> bool:
    return any((one["metricName"], one["metricNamespace"]) == (name, namespace) for one in transformations)
