# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._core.errors import Invalid
from ansible_collections.closednet.aws.plugins.module_utils._domain.pci.secrets_in_memory import task_definition

SECRET = "arn:aws:secretsmanager:eu-central-1:444444444444:secret:payments/db-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-central-1:444444444444:parameter/payments/token"
KEY = "arn:aws:kms:eu-central-1:444444444444:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PASSWORD = {"name": "DB_PASSWORD", "value_from": SECRET}


def test_it_holds_references():
    made = task_definition([{**PASSWORD, "json_key": "password"}], ["/entry"], [KEY])
    definition = made["container_definition"]
    assert definition["entryPoint"] == ["/entry"] and definition["readonlyRootFilesystem"] is True
    (variable,) = definition["environment"]
    assert json.loads(variable["value"]) == [{**PASSWORD, "json_key": "password", "as": "file"}]
    assert [statement["Action"] for statement in made["task_role_policy"]["Statement"]] == [
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
    ]


def test_what_needn_t_be_secret_is_named():
    names = ["DB_HOST", "AWS_REGION", "USERNAME", "DB_PASSWORD", "API_KEY", "REPORT"]
    notes = task_definition([{"name": name, "value_from": PARAMETER} for name in names], ["/entry"])["notes"]
    assert [note.split()[0] for note in notes] == ["DB_HOST", "AWS_REGION", "USERNAME"]


@pytest.mark.parametrize(
    ("secrets", "text"),
    [
        ([PASSWORD, PASSWORD], "secrets[1].name: 'DB_PASSWORD' is there twice"),
        ([{**PASSWORD, "name": "db-password"}], "secrets[0].name: 'db-password' is no name of a variable"),
        ([{**PASSWORD, "value_from": "hunter2"}], "secrets[0].value_from: '(not shown)' is no ARN"),
        ([{**PASSWORD, "value_from": f"{SECRET[:-7]}-*"}], "secrets[0].value_from"),
        ([{"name": "DB_PASSWORD", "value": "hunter2"}], "secrets[0].value: '(not shown)' is no key of a reference"),
        ([{**PASSWORD, "as": "argument"}], "secrets[0].as: 'argument' is no way to hand it over"),
    ],
)
def test_what_is_wrong_is_said_and_no_secret_with_it(secrets, text):
    with pytest.raises(Invalid) as invalid:
        task_definition(secrets, ["/entry"])
    assert text in str(invalid.value) and "hunter2" not in str(invalid.value)
