# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Errors of Athena: of calls, and of queries that end as FAILED or CANCELLED.

Codes, texts and types measured on Athena: https://github.com/aoyagikouhei/athena-local, README.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException

# AthenaError.ErrorType by the name that begins StateChangeReason; of names that were not measured: 1000.
ERROR_TYPES = {
    "COLUMN_NOT_FOUND": 1006,
    "DIVISION_BY_ZERO": 1001,
    "FUNCTION_NOT_FOUND": 1303,
    "INVALID_CAST_ARGUMENT": 1100,
    "NOT_SUPPORTED": 1200,
    "SCHEMA_NOT_FOUND": 1301,
    "TABLE_NOT_FOUND": 1301,
    "TYPE_MISMATCH": 1002,
}


class AthenaError(ServiceException):
    """Error of a call: AthenaError(code, message, AthenaErrorCode=...)."""

    def __init__(self, code: str, message: str, **members: str):
        super().__init__(code, message)
        self.__dict__.update(members)


def invalid(message: str, athena_code: str = "INVALID_INPUT") -> AthenaError:
    return AthenaError("InvalidRequestException", message, AthenaErrorCode=athena_code)


class QueryFailed(Exception):
    """The query ends as FAILED. reason: Athena's, such as "TABLE_NOT_FOUND: line 1:15: Table ... does not exist"."""

    state = "FAILED"

    def __init__(self, reason: str, scanned: int = 0):
        super().__init__(reason)
        self.reason, self.scanned = reason, scanned

    @property
    def error(self) -> dict[str, object]:
        """AthenaError of the query's status. ErrorCategory 2: the user's, 1: the system's."""
        name = self.reason.partition(":")[0]
        category, error_type = (1, 200) if name == "GENERIC_INTERNAL_ERROR" else (2, ERROR_TYPES.get(name, 1000))
        return {"ErrorCategory": category, "ErrorType": error_type, "Retryable": False, "ErrorMessage": self.reason}


class QueryCancelled(QueryFailed):
    """Athena itself cancels the query; a cancelled query has no AthenaError."""

    state = "CANCELLED"
