# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from ansible_collections.closednet.aws.plugins.module_utils._resources.shared.partial_reads import (
    read_if_allowed,
    unless_unreachable,
)


def failing(error):
    def read():
        raise error

    return read


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": code}}, "ListProfileAssociations")


def test_what_cant_be_read_is_told():
    kind, action = "ProfileAssociations", "route53profiles:ListProfileAssociations"
    assert read_if_allowed(kind, action, list) == {kind: []}
    assert read_if_allowed(kind, action, failing(refusal("AccessDeniedException"))) == {"denied": {kind: action}}
    # A region without the service, a controller without an endpoint for it.
    error = EndpointConnectionError(endpoint_url="https://route53profiles.eu-central-1.amazonaws.com/")
    assert "route53profiles.eu-central-1" in read_if_allowed(kind, action, failing(error))["unread"][kind]


def test_an_operation_that_a_region_doesnt_know_stops_nothing_there():
    unknown = failing(refusal("InvalidAction"))
    assert read_if_allowed("Options", "ec2:Some", unknown, where_unknown={}) == {"Options": {}}
    for error, where_unknown in ((refusal("InvalidAction"), None), (refusal("InternalError"), {})):
        with pytest.raises(ClientError):
            read_if_allowed("Options", "ec2:Some", failing(error), where_unknown)


def test_a_region_without_a_service_has_nothing_of_it():
    assert unless_unreachable(lambda: [1], []) == [1]
    error = EndpointConnectionError(endpoint_url="https://route53profiles.eu-central-1.amazonaws.com/")
    assert unless_unreachable(failing(error), []) == []
    # What isn't allowed, and a missing credential, isn't the region's.
    for other in (refusal("AccessDeniedException"), NoCredentialsError()):
        with pytest.raises(type(other)):
            unless_unreachable(failing(other), [])
