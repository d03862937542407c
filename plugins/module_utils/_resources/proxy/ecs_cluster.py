# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ECS cluster of a proxy, by its name; tasks on Fargate only."""

from __future__ import annotations

from ..._core.reconcile import OWNER_TAG, Actual, Call, ResourceType, reconcile
from ..shared import ecs
from ..shared.lower_case_tags import pairs

READ_AFTER = ()
INPUTS = ()
PERMISSIONS = (
    "ecs:CreateCluster",
    "ecs:DeleteCluster",
    "ecs:DescribeClusters",
    "ecs:TagResource",
    "ecs:UntagResource",
    # The first cluster of an account creates AWSServiceRoleForECS.
    "iam:CreateServiceLinkedRole/ecs.amazonaws.com",
)


def read(aws, declared, found):
    """Return {"main": Actual} with fields cluster (its name), tags. A deleted cluster counts as none."""
    (name,) = {fields["cluster"] for fields in declared.resources["ecs_cluster"].values()}
    clusters = aws.read("ecs.describe_clusters", "clusters", clusters=[name], include=["TAGS"])
    return {
        "main": Actual(
            cluster["clusterArn"],
            {"cluster": name, "tags": ecs.tags_of(cluster)},
            managed=ecs.tags_of(cluster).get(OWNER_TAG) == declared.owner,
        )
        for cluster in clusters
        if cluster["status"] != "INACTIVE"
    }


def plan(wanted, found, declared):
    return reconcile(KIND, wanted, found["ecs_cluster"], purge_tags=declared.purge_tags)


KIND = ResourceType(
    "ecs_cluster",
    create=lambda fields: Call(
        "ecs.create_cluster",
        {"clusterName": fields["cluster"], "tags": pairs(fields["tags"])},
        id_path="cluster.clusterArn",
    ),
    delete=lambda arn, fields: Call("ecs.delete_cluster", {"cluster": arn}),
    tag=ecs.tag,
    untag=ecs.untag,
)
