# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from importlib import import_module

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator


@pytest.fixture
def declare():
    """Return declare(module, **options), which returns the Declared of a task with these options."""

    def declare(module, **options):
        capability = import_module(
            f"ansible_collections.closednet.aws.plugins.module_utils._capabilities.{module}"
        ).CAPABILITY
        # As a module gets them; and a copy, since the validator writes defaults into mappings that tests share.
        options = json.loads(json.dumps(options))
        given = ArgumentSpecValidator(capability.full_argument_spec(), **capability.constraints).validate(options)
        assert not given.error_messages
        return capability.desired(given.validated_parameters)

    return declare
