# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Named queries of an archive's workgroup. A query takes no tags: the end of its description names its owner.

So queries that its users save in the workgroup are left alone, also those of a declared name.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile

READ_AFTER = ("query_workgroup",)
INPUTS = ("workgroup",)
PERMISSIONS = (
    "athena:BatchGetNamedQuery",
    "athena:CreateNamedQuery",
    "athena:DeleteNamedQuery",
    "athena:ListNamedQueries",
    "athena:UpdateNamedQuery",
)
# BatchGetNamedQuery: "up to 50 query IDs".
MOST = 50


def description_of(text, owner):
    return f"{text} ({OWNER_TAG}={owner})"


def read(aws, declared, found):
    """Return {name: Actual} of ours, and of a second one of a name by its id; the id is Athena's.

    Fields: workgroup, database, query (its name), description, sql.
    """
    workgroup = declared.inputs.workgroup
    if not found["query_workgroup"]:
        return {}
    ids = sorted(aws.read("athena.list_named_queries", "NamedQueryIds", WorkGroup=workgroup))
    batches = [ids[start : start + MOST] for start in range(0, len(ids), MOST)]
    answers = aws.gather(
        *(lambda batch=batch: aws.call("athena.batch_get_named_query", NamedQueryIds=batch) for batch in batches)
    )
    queries: dict[str, Actual] = {}
    for one in (one for answer in answers for one in answer["NamedQueries"]):
        fields = {
            "workgroup": one.get("WorkGroup", workgroup),
            "database": one["Database"],
            "query": one["Name"],
            "description": one.get("Description", ""),
            "sql": one["QueryString"],
        }
        if fields["description"].endswith(description_of("", declared.owner)):
            # Of two concurrent runs that created it, the next one deletes the second.
            name = one["Name"] if one["Name"] not in queries else one["NamedQueryId"]
            queries[name] = Actual(one["NamedQueryId"], fields)
    return queries


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["named_query"])


def _create(fields):
    """Return the call, whose token is the same in runs that meet, so that Athena creates one query.

    For a day: it isn't documented how long Athena knows the token of a query that was deleted meanwhile.
    """
    day = datetime.now(timezone.utc).date()
    token = hashlib.sha256(repr((day, sorted(fields.items()))).encode()).hexdigest()
    return Call("athena.create_named_query", {**_arguments(fields), "ClientRequestToken": token}, "NamedQueryId")


def _arguments(fields):
    return {
        "Name": fields["query"],
        "Description": fields["description"],
        "Database": fields["database"],
        "QueryString": fields["sql"],
        "WorkGroup": fields["workgroup"],
    }


KIND = ResourceType(
    "named_query",
    create=_create,
    changes={
        ("description", "sql"): lambda id_, before, after: [
            Call(
                "athena.update_named_query",
                {
                    "NamedQueryId": id_,
                    "Name": after["query"],
                    "Description": after["description"],
                    "QueryString": after["sql"],
                },
            )
        ]
    },
    delete=lambda id_, fields: Call("athena.delete_named_query", {"NamedQueryId": id_}),
    depends_on=("query_workgroup",),
)
