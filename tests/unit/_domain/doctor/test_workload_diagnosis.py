# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import pytest

from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor import role_permissions, workloads
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.causes import CAUSES, HIDES
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.error_text import points_at
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.facts import KINDS
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.findings import CAUSE, NOTE, UNKNOWN
from ansible_collections.closednet.aws.plugins.module_utils._domain.doctor.workload_diagnosis import diagnose_workloads
from ansible_collections.closednet.aws.tests.unit._domain.doctor import workload_facts as fixtures
from ansible_collections.closednet.aws.tests.unit._domain.doctor.workload_facts import (
    KEY,
    PARAMETER,
    REGION,
    SECRET,
    entry,
)

SCRIPTS = "scripts-of-delta"
REFERENCES = [kind for kind in (*fixtures.access(), "Simulations") if kind in HIDES]
OF_WORKLOADS = [kind for kind in HIDES if kind not in (*KINDS, *REFERENCES)]


def found(facts, kind, **more):
    return [(finding.id, finding.status) for finding in diagnose_workloads(facts, fixtures.question(kind, **more))]


def raw(facts):
    return facts["Targets"][0]


def container(facts):
    return raw(facts)["TaskDefinition"]["containerDefinitions"][0]


def variables(facts, **named):
    container(facts)["environment"] = [{"name": name, "value": value} for name, value in named.items()]


def awslogs(facts, **options):
    changed = {key.replace("_", "-"): value for key, value in options.items()}
    container(facts)["logConfiguration"]["options"].update(changed)


def group(facts, id_):
    (wanted,) = [item for item in facts["SecurityGroups"] if item["GroupId"] == id_]
    return wanted


def acl(facts, name):
    (wanted,) = [item for item in facts["NetworkAcls"] if item["NetworkAclId"] == name]
    return wanted


def without(facts, service):
    facts["VpcEndpoints"] = [item for item in facts["VpcEndpoints"] if item["VpcEndpointId"] != f"vpce-{service}"]


def decided(facts, action, decision="implicitDeny", **more):
    results = [
        result
        for simulation in facts["Access"]["Simulations"]
        for result in simulation["EvaluationResults"]
        if result["EvalActionName"] == action
    ]
    assert results, f"{action} isn't asked"
    for result in results:
        result.update(EvalDecision=decision, **more)


def denying(**condition):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}
    return json.dumps({"Statement": [statement]})


OTHER_ENDPOINT = {"StringNotEquals": {"aws:sourceVpce": "vpce-gone"}}
OTHER_VPC = {"StringNotEquals": {"aws:SourceVpc": "vpc-9"}}
PUBLIC = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


def to_internet_gateway(facts):
    without(facts, "logs")
    for table in facts["RouteTables"]:
        table["Routes"].append({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"})


def schedule(**action):
    return [{"ScheduledActionName": "night", "Schedule": "cron(0 20 * * ? *)", "ScalableTargetAction": action}]


ON_EC2 = "on EC2"
# (kind, name) -> break(facts), the cause
BREAKS = {
    ("ecs_service", "no task wanted"): (lambda f: raw(f)["Service"].update(desiredCount=0), "target_stopped"),
    ("ecs_service", "scaled down by night"): (
        lambda f: (raw(f)["Service"].update(desiredCount=0), raw(f).update(ScheduledActions=schedule(MaxCapacity=0))),
        "target_stopped",
    ),
    ("ecs_service", "deleted"): (lambda f: raw(f)["Service"].update(status="INACTIVE"), "target_stopped"),
    ("ecs_service", "image of Docker Hub"): (
        lambda f: container(f).update(image="nginx:1"),
        "public_registry_image",
    ),
    ("ecs_service", "image of public.ecr.aws"): (
        lambda f: container(f).update(image="public.ecr.aws/nginx/nginx:1"),
        "public_registry_image",
    ),
    ("ecs_service", "image in another region"): (
        lambda f: container(f).update(image="444444444444.dkr.ecr.us-east-1.amazonaws.com/web:1"),
        "public_registry_image",
    ),
    ("ecs_service", "log group missing"): (
        lambda f: f["Access"]["LogGroups"].update({"/ecs/web": None}),
        "log_group_missing",
    ),
    ("ecs_service", "logs in another region"): (lambda f: awslogs(f, awslogs_region="us-east-1"), "log_group_missing"),
    ("ecs_service", "secret missing"): (
        lambda f: f["Access"]["Secrets"].update({SECRET: None}),
        "secret_or_parameter_missing",
    ),
    ("ecs_service", "secret deleted"): (
        lambda f: f["Access"]["Secrets"][SECRET].update(DeletedDate="2026-01-01T00:00:00+00:00"),
        "secret_or_parameter_missing",
    ),
    ("ecs_service", "parameter missing"): (
        lambda f: f["Access"]["Parameters"].update({PARAMETER: None}),
        "secret_or_parameter_missing",
    ),
    ("ecs_service", "key disabled"): (
        lambda f: f["Access"]["Keys"][KEY].update(KeyState="Disabled"),
        "kms_key_unusable",
    ),
    ("ecs_service", "key gone"): (lambda f: f["Access"]["Keys"].update({KEY: None}), "kms_key_unusable"),
    ("ecs_service", "key without CloudWatch Logs"): (
        lambda f: f["Access"]["KeyPolicies"].update({KEY: fixtures.allowing({"AWS": "444444444444"})}),
        "kms_key_unusable",
    ),
    ("ecs_service", "may not decrypt"): (lambda f: decided(f, "kms:Decrypt"), "iam_role_missing_permission"),
    **{
        ("ecs_service", f"may not {action}"): (
            lambda f, action=action: decided(f, action),
            "iam_role_missing_permission",
        )
        for action in (
            "ecr:GetAuthorizationToken",
            "ecr:BatchGetImage",
            "logs:PutLogEvents",
            "secretsmanager:GetSecretValue",
            "ssm:GetParameters",
            "ssmmessages:OpenDataChannel",
        )
    },
    ("ecs_service", "denied by the organization"): (
        lambda f: decided(f, "logs:PutLogEvents", OrganizationsDecisionDetail={"AllowedByOrganizations": False}),
        "iam_role_missing_permission",
    ),
    ("ecs_service", "role gone"): (
        lambda f: [s.pop("EvaluationResults") and s.update(Error="NoSuchEntity") for s in f["Access"]["Simulations"]],
        "iam_role_missing_permission",
    ),
    ("ecs_service", "no execution role"): (
        lambda f: raw(f)["TaskDefinition"].update(executionRoleArn=""),
        "iam_role_missing_permission",
    ),
    ("ecs_service", "ECS Exec without a task role"): (
        lambda f: raw(f)["TaskDefinition"].update(taskRoleArn=""),
        "iam_role_missing_permission",
    ),
    ("ecs_service", "repository for another endpoint"): (
        lambda f: f["Access"]["RepositoryPolicies"].update(web=denying(**OTHER_ENDPOINT)),
        "resource_policy_source_vpce",
    ),
    ("ecs_service", "secret for another VPC"): (
        lambda f: f["Access"]["SecretPolicies"].update({SECRET: denying(**OTHER_VPC)}),
        "resource_policy_source_vpce",
    ),
    ("ecs_service", "secret for public addresses"): (
        lambda f: f["Access"]["SecretPolicies"].update({SECRET: denying(**PUBLIC)}),
        "resource_policy_source_vpce",
    ),
    ("ecs_service", "secret for another organization"): (
        lambda f: f["Access"]["SecretPolicies"].update(
            {SECRET: denying(StringNotEquals={"aws:PrincipalOrgID": "o-otherother"})}
        ),
        "resource_policy_source_vpce",
    ),
    ("ecs_service", "index of its own"): (
        lambda f: variables(f, PIP_INDEX_URL="https://packages.example.org/simple"),
        "pip_or_npm_to_internet",
    ),
    ("ecs_service", "registry of npm"): (
        lambda f: variables(f, npm_config_registry="https://packages.example.org"),
        "pip_or_npm_to_internet",
    ),
    ("ecs_service", "STS' global name"): (
        lambda f: variables(f, AWS_STS_REGIONAL_ENDPOINTS="legacy"),
        "sts_global_name",
    ),
    ("ecs_service", "proxy for credentials"): (
        lambda f: variables(f, HTTPS_PROXY="http://proxy.internal:3128", NO_PROXY=".amazonaws.com"),
        "proxy_settings",
    ),
    ("ecs_service", "a public subnet, and no public address"): (to_internet_gateway, "eni_without_public_path"),
    ("ecs_service", "endpoint missing"): (lambda f: without(f, "secretsmanager"), "endpoint_missing"),
    (ON_EC2, "two of the three endpoints"): (lambda f: without(f, "ecs-telemetry"), "ecs_trio_incomplete"),
    (ON_EC2, "agent not connected"): (
        lambda f: raw(f)["ContainerInstances"][0].update(agentConnected=False),
        "ecs_trio_incomplete",
    ),
    (ON_EC2, "one hop"): (
        lambda f: raw(f)["Instances"][0]["MetadataOptions"].update(HttpPutResponseHopLimit=1),
        "imds_hop_limit",
    ),
    ("ecs_task_definition", "log group missing"): (
        lambda f: f["Access"]["LogGroups"].update({"/ecs/web": None}),
        "log_group_missing",
    ),
    ("instance_id", "stopped"): (lambda f: raw(f)["Instance"]["State"].update(Name="stopped"), "target_stopped"),
    ("instance_id", "never registered"): (lambda f: raw(f).update(InstanceInformation=[]), "ssm_not_registered"),
    ("instance_id", "lost"): (
        lambda f: raw(f)["InstanceInformation"][0].update(PingStatus="ConnectionLost"),
        "ssm_not_registered",
    ),
    ("instance_id", "may not register"): (
        lambda f: decided(f, "ssm:UpdateInstanceInformation"),
        "iam_role_missing_permission",
    ),
    ("instance_id", "pip of the internet"): (
        lambda f: raw(f).update(PackageLines=["pip3 install requests"]),
        "pip_or_npm_to_internet",
    ),
    ("lambda_function", "inactive"): (lambda f: raw(f)["Function"].update(State="Inactive"), "target_stopped"),
    ("lambda_function", "update failed"): (
        lambda f: raw(f)["Function"].update(LastUpdateStatus="Failed", LastUpdateStatusReasonCode="InvalidSubnet"),
        "target_stopped",
    ),
    ("lambda_function", "no address"): (
        lambda f: raw(f)["Function"].update(State="Failed", StateReasonCode="SubnetOutOfIPAddresses"),
        "ip_exhaustion",
    ),
    ("lambda_function", "concurrency 0"): (
        lambda f: raw(f).update(Concurrency={"ReservedConcurrentExecutions": 0}),
        "target_stopped",
    ),
    ("lambda_function", "may make no interface"): (
        lambda f: decided(f, "ec2:CreateNetworkInterface"),
        "iam_role_missing_permission",
    ),
    ("lambda_function", "key to be deleted"): (
        lambda f: f["Access"]["Keys"][KEY].update(KeyState="PendingDeletion"),
        "kms_key_unusable",
    ),
    ("glue_job", "groups not open to themselves"): (
        lambda f: group(f, "sg-app").update(IpPermissions=[]),
        "glue_self_reference",
    ),
    ("glue_job", "bucket elsewhere"): (
        lambda f: f["Access"]["Buckets"].update({SCRIPTS: "us-east-1"}),
        "s3_cross_region_bucket",
    ),
    ("glue_job", "may not read its script"): (lambda f: decided(f, "s3:GetObject"), "iam_role_missing_permission"),
    ("glue_job", "bucket for another endpoint"): (
        lambda f: f["Access"]["BucketPolicies"].update({SCRIPTS: denying(**OTHER_ENDPOINT)}),
        "resource_policy_source_vpce",
    ),
    ("glue_job", "modules of the internet"): (
        lambda f: raw(f)["Job"]["DefaultArguments"].update({"--additional-python-modules": "scikit-learn==1.5"}),
        "pip_or_npm_to_internet",
    ),
    ("glue_connection", "groups not open to themselves"): (
        lambda f: group(f, "sg-app")["IpPermissionsEgress"][2].update(FromPort=1024),
        "glue_self_reference",
    ),
    ("sagemaker_domain_id", "failed"): (lambda f: raw(f)["Domain"].update(Status="Failed"), "target_stopped"),
    ("sagemaker_domain_id", "kernels not reached"): (
        lambda f: group(f, "sg-app").update(IpPermissions=[]),
        "sagemaker_sg",
    ),
    ("sagemaker_domain_id", "no file system"): (
        lambda f: group(f, "sg-app")["IpPermissionsEgress"][2].update(FromPort=8192),
        "sagemaker_sg",
    ),
    ("notebook_instance", "stopped"): (
        lambda f: raw(f)["NotebookInstance"].update(NotebookInstanceStatus="Stopped"),
        "target_stopped",
    ),
    **{
        (kind, "no rule for the workload"): (
            lambda f: group(f, "sg-db").update(IpPermissions=[]),
            "target_sg_or_port",
        )
        for kind in ("db_instance", "db_cluster")
    },
    ("db_instance", "stopped"): (lambda f: raw(f)["DBInstance"].update(DBInstanceStatus="stopped"), "target_stopped"),
    ("db_cluster", "stopped"): (lambda f: raw(f)["DBCluster"].update(Status="stopped"), "target_stopped"),
    ("db_instance", "another port"): (
        lambda f: raw(f)["DBInstance"]["Endpoint"].update(Port=5433),
        "target_sg_or_port",
    ),
    ("db_instance", "no way out of the workload"): (
        lambda f: group(f, "sg-app")["IpPermissionsEgress"].pop(),
        "target_sg_or_port",
    ),
    ("db_instance", "calls stopped at its subnet"): (
        lambda f: acl(f, "acl-e1")["Entries"].append(entry(1, False, 5432, 5432, "deny")),
        "target_sg_or_port",
    ),
    ("db_instance", "answers stopped at the workload's"): (
        lambda f: acl(f, "acl-app")["Entries"].append(entry(1, True, 5432, 5432, "deny")),
        "target_sg_or_port",
    ),
}


@pytest.mark.parametrize("kind", fixtures.KINDS)
def test_a_healthy_workload_has_no_finding(kind):
    assert diagnose_workloads(fixtures.healthy(kind), fixtures.question(kind)) == []


@pytest.mark.parametrize(("kind", "name"), BREAKS)
def test_one_break_is_named_and_nothing_else(kind, name):
    make, cause = BREAKS[kind, name]
    facts = fixtures.healthy(kind)
    make(facts)
    findings = diagnose_workloads(facts, fixtures.question(kind))
    assert {(finding.id, finding.status) for finding in findings} == {(cause, CAUSE)}
    shown = findings[0].describe()
    assert shown["evidence"] and shown["fix"] and shown["says"] and shown["confidence"] == CAUSES[cause].confidence
    assert any(raw(facts)["name"] in target for target in shown["targets"])
    json.dumps(shown)


# ---- what can't be known, or stops nothing ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", REFERENCES)
def test_what_it_refers_to_and_may_not_be_read_is_unknown(kind):
    workload = "glue_job" if kind.startswith("Bucket") else "ecs_service"
    facts = fixtures.healthy(workload)
    facts["Access"][kind] = {} if kind != "Simulations" else []
    facts["Access"]["denied"][kind] = "some:Action"
    # Where a key's policy can't be read it may be what lets the role in.
    assert set(found(facts, workload)) == {(cause, UNKNOWN) for cause in HIDES[kind]}
    assert "some:Action" in diagnose_workloads(facts, fixtures.question(workload))[0].fix


@pytest.mark.parametrize("key", OF_WORKLOADS)
def test_what_may_not_be_read_of_a_workload_is_unknown(key):
    (kind,) = [kind for kind, item in fixtures.raws().items() if key in item][:1] or [ON_EC2]
    facts = fixtures.healthy(kind)
    raw(facts).pop(key, None)
    raw(facts)["denied"][key] = "some:Action"
    statuses = {(finding.id, finding.status) for finding in diagnose_workloads(facts, fixtures.question(kind))}
    assert {(cause, UNKNOWN) for cause in HIDES[key]} <= statuses
    assert UNKNOWN in {status for _id, status in statuses} and CAUSE not in {status for _id, status in statuses}


@pytest.mark.parametrize(("kind", "name"), BREAKS)
def test_no_denied_read_of_a_workload_hides_a_cause_in_silence(kind, name):
    """Each read by which the break would be seen."""
    make, cause = BREAKS[kind, name]
    broken = fixtures.healthy(kind)
    make(broken)
    kept = raw(fixtures.healthy(kind))
    for key in [key for key in kept if raw(broken).get(key) != kept[key]]:
        facts = {**broken, "Targets": [{k: value for k, value in raw(broken).items() if k != key}]}
        raw(facts)["denied"] = {key: "some:Action"}
        assert cause in {id_ for id_, _status in found(facts, kind)}, key


@pytest.mark.parametrize(
    ("kind", "make", "finding"),
    [
        (
            "ecs_service",
            lambda f: raw(f).update(ScheduledActions=schedule(MinCapacity=0)),
            ("target_stopped", NOTE),
        ),
        (
            "ecs_service",
            lambda f: variables(
                f, HTTPS_PROXY="http://proxy.internal:3128", NO_PROXY="169.254.0.0/16,s3.eu-central-1.amazonaws.com"
            ),
            ("proxy_settings", UNKNOWN),
        ),
        (
            "ecs_service",
            lambda f: decided(f, "logs:PutLogEvents", MissingContextValues=["aws:PrincipalTag/team"]),
            ("iam_role_missing_permission", UNKNOWN),
        ),
        ("lambda_function", lambda f: raw(f)["Function"].update(State="Pending"), ("target_stopped", UNKNOWN)),
        (
            "glue_job",
            lambda f: f["Access"]["Buckets"].update({SCRIPTS: None}),
            ("s3_cross_region_bucket", UNKNOWN),
        ),
        (
            "glue_job",
            lambda f: f["Access"]["BucketPolicies"].update(
                {SCRIPTS: denying(NotIpAddress={"aws:VpcSourceIp": "10.0.0.0/8"})}
            ),
            ("resource_policy_source_vpce", UNKNOWN),
        ),
        (
            "sagemaker_domain_id",
            lambda f: raw(f)["Domain"].update(AppNetworkAccessType="PublicInternetOnly"),
            ("eni_without_public_path", NOTE),
        ),
        (
            "notebook_instance",
            lambda f: raw(f)["NotebookInstance"].update(DirectInternetAccess="Enabled"),
            ("eni_without_public_path", NOTE),
        ),
        ("db_instance", lambda f: raw(f)["DBInstance"].pop("Endpoint"), ("target_sg_or_port", UNKNOWN)),
        (
            "db_instance",
            lambda f: group(f, "sg-app")["IpPermissionsEgress"][-1].update(
                UserIdGroupPairs=[], IpRanges=[{"CidrIp": "10.4.8.0/27"}]
            ),
            ("target_sg_or_port", UNKNOWN),
        ),
    ],
)
def test_what_isnt_sure_is_no_cause(kind, make, finding):
    facts = fixtures.healthy(kind)
    make(facts)
    assert found(facts, kind) == [finding]


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        (
            "ecs_service",
            lambda f: variables(f, PIP_INDEX_URL="https://a-1.d.codeartifact.eu-central-1.amazonaws.com/x"),
        ),
        ("ecs_service", lambda f: variables(f, HTTPS_PROXY="http://p:3128", NO_PROXY="169.254.0.0/16,.amazonaws.com")),
        ("ecs_service", lambda f: awslogs(f, awslogs_create_group="true")),
        # The other half of the account's policies allows it.
        (
            "ecs_service",
            lambda f: (
                decided(f, "secretsmanager:GetSecretValue"),
                f["Access"]["SecretPolicies"].update({SECRET: fixtures.allowing({"AWS": fixtures.role("execution")})}),
            ),
        ),
        (
            "glue_job",
            lambda f: f["Access"]["BucketPolicies"].update({SCRIPTS: denying(Bool={"aws:SecureTransport": "false"})}),
        ),
        (
            "glue_job",
            lambda f: f["Access"]["BucketPolicies"].update(
                {SCRIPTS: denying(StringNotEquals={"aws:SourceVpce": ["vpce-s3", "vpce-2"]})}
            ),
        ),
        (
            "instance_id",
            lambda f: raw(f).update(PackageLines=["pip config set global.index-url https://x", "pip install a"]),
        ),
        ("db_instance", lambda f: acl(f, "acl-e2")["Entries"].append(entry(1, False, 5432, 5432, "deny"))),
    ],
)
def test_what_is_in_order_is_no_finding(kind, make):
    facts = fixtures.healthy(kind)
    make(facts)
    assert found(facts, kind) == []


def test_a_resource_policy_doesnt_help_where_the_role_s_denies():
    facts = fixtures.healthy("ecs_service")
    decided(facts, "secretsmanager:GetSecretValue", "explicitDeny")
    facts["Access"]["SecretPolicies"][SECRET] = fixtures.allowing({"AWS": fixtures.role("execution")})
    assert found(facts, "ecs_service") == [("iam_role_missing_permission", CAUSE)]


def test_findings_of_several_targets_are_one_that_names_them():
    facts = fixtures.healthy("ecs_service")
    facts["Targets"].append({**raw(facts), "name": "other"})
    without(facts, "logs")
    (finding,) = diagnose_workloads(facts, fixtures.question("ecs_service"))
    assert finding.targets == ("ecs_service other", "ecs_service web") and finding.services == ("logs",)


def test_a_database_that_a_service_must_reach():
    facts = fixtures.healthy("db_instance")
    service = fixtures.healthy("ecs_service")
    service["SecurityGroups"], service["NetworkAcls"] = facts["SecurityGroups"], facts["NetworkAcls"]
    service["Targets"] += facts["Targets"]
    assert found(service, "ecs_service") == []
    BREAKS["db_instance", "another port"][0]({"Targets": service["Targets"][1:]})
    findings = diagnose_workloads(service, fixtures.question("ecs_service"))
    assert {finding.id for finding in findings} == {"target_sg_or_port"}
    assert {finding.targets for finding in findings} == {("db_instance orders", "ecs_service web")}


def test_a_database_nobody_calls_is_unknown():
    facts = fixtures.healthy("db_instance")
    assert found(facts, "db_instance", is_asked=False) == [("target_sg_or_port", UNKNOWN)]


def test_a_function_whose_calls_nobody_told_is_a_note():
    facts = fixtures.healthy("lambda_function")
    assert found(facts, "lambda_function", services=()) == [("endpoint_missing", NOTE)]


def test_no_value_of_a_variable_is_shown_but_hosts():
    facts = fixtures.healthy("ecs_service")
    variables(facts, HTTPS_PROXY="http://ann:letmein@proxy.example.org:3128", DB_PASSWORD="letmein")
    assert "letmein" not in json.dumps(
        [f.describe() for f in diagnose_workloads(facts, fixtures.question("ecs_service"))]
    )


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("dial tcp 10.4.8.5:5432: connect: connection refused", "target"),
        ("An error occurred (TargetNotConnected) when calling StartSession", "target"),
        ("is not authorized to perform: s3:GetObject because no identity-based policy allows", "iam"),
        ("AccessDenied ... with an explicit deny in a resource-based policy", "resource_policy"),
        ("is not authorized to perform: kms:Decrypt", "kms"),
        ("ResourceInitializationError: failed to initialize logging driver", "reference"),
        ("ResourceInitializationError: unable to retrieve secret from asm", "reference"),
        ("botocore.exceptions.NoCredentialsError: Unable to locate credentials", "metadata"),
    ],
)
def test_an_errors_text_points_at_what_is_behind_the_network(text, area):
    assert points_at(text)[0] == area


def test_images_are_read_as_docker_reads_them():
    known = {
        "nginx": ("docker.io", ""),
        "library/nginx:1": ("docker.io", ""),
        "localhost/web": ("localhost", ""),
        "registry.internal:5000/web@sha256:ab": ("registry.internal:5000", ""),
        f"1{'0' * 11}.dkr.ecr.{REGION}.amazonaws.com/team/web:1@sha256:ab": (
            f"1{'0' * 11}.dkr.ecr.{REGION}.amazonaws.com",
            "team/web",
        ),
    }
    for text, (registry, repository) in known.items():
        image = workloads.image(text)
        assert (image.registry, image.repository) == (registry, repository)


def test_secrets_are_known_by_arn_and_by_name():
    facts = fixtures.healthy("ecs_service")
    container(facts).update(repositoryCredentials={"credentialsParameter": "registry"}, secrets=[])
    container(facts)["logConfiguration"]["secretOptions"] = [{"name": "token", "valueFrom": f"{SECRET}:key:stage:v1"}]
    workload = workloads.of(raw(facts), fixtures.PLACE)
    assert workload.secrets == (SECRET, "registry") and workload.parameters == ()
    facts["Access"]["Secrets"]["registry"] = {"ARN": f"{SECRET}2"}
    asked = [n for n in role_permissions.needs(workload, fixtures.PLACE, (), facts["Access"]) if "secrets" in n.service]
    assert [need.resources for need in asked] == [(SECRET, f"{SECRET}2")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (PARAMETER, "/web/level"),
        ("/web/level", "/web/level"),
        ("level", "level"),
        (PARAMETER.replace("web/", ""), "level"),
    ],
)
def test_parameters_are_known_by_arn_and_by_name(text, name):
    assert role_permissions.parameter_name(text) == name


def test_codeartifact_takes_a_bearer_token_of_the_role():
    workload = workloads.of(raw(fixtures.healthy("lambda_function")), fixtures.PLACE)
    needs = role_permissions.needs(workload, fixtures.PLACE, ["codeartifact"], fixtures.access())
    (bearer,) = [need for need in needs if need.actions == ("sts:GetServiceBearerToken",)]
    assert bearer.role == fixtures.role("orders")
    assert bearer.context == (("sts:AWSServiceName", "codeartifact.amazonaws.com"),)


def test_roles_are_asked_with_the_endpoint_that_calls_go_through():
    facts = fixtures.healthy("ecs_service")
    by_action = {s["ActionNames"][0]: s["ContextEntries"] for s in facts["Access"]["Simulations"]}
    endpoint_of = {
        action: entry["ContextKeyValues"][0]
        for action, entries in by_action.items()
        for entry in entries
        if entry["ContextKeyName"] == "aws:SourceVpce"
    }
    assert endpoint_of["logs:CreateLogStream"] == "vpce-logs"
    assert endpoint_of["ecr:GetAuthorizationToken"] == "vpce-ecr.api"
    assert "kms:Decrypt" not in endpoint_of


def test_a_role_that_iam_wont_simulate_is_unknown():
    facts = fixtures.healthy("ecs_service")
    for simulation in facts["Access"]["Simulations"]:
        simulation.pop("EvaluationResults")
        simulation["Error"] = "InvalidInput"
    assert set(found(facts, "ecs_service")) == {("iam_role_missing_permission", UNKNOWN)}


@pytest.mark.parametrize(
    ("service", "task", "on_fargate"),
    [
        ({"launchType": "FARGATE"}, {}, True),
        ({"launchType": "EC2"}, {"requiresCompatibilities": ["FARGATE"]}, False),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, {}, True),
        ({"capacityProviderStrategy": [{"capacityProvider": "own"}, {"capacityProvider": "FARGATE"}]}, {}, False),
        ({}, {"requiresCompatibilities": ["EC2", "FARGATE"]}, True),
        ({}, {"requiresCompatibilities": ["EC2"], "networkMode": "awsvpc"}, False),
        ({}, {"networkMode": "awsvpc"}, True),
        ({}, {"networkMode": "bridge"}, False),
    ],
)
def test_where_a_task_runs(service, task, on_fargate):
    assert workloads.is_fargate(service, task) is on_fargate


def test_windows_clients_are_windows():
    facts = fixtures.healthy("instance_id")
    assert workloads.of(raw(facts), fixtures.PLACE).clients == "linux"
    raw(facts)["Instance"]["Platform"] = "windows"
    assert workloads.of(raw(facts), fixtures.PLACE).clients == "windows"


def test_a_task_that_logs_elsewhere_needs_no_logs_unless_told():
    facts = fixtures.healthy("ecs_service")
    container(facts)["logConfiguration"] = {"logDriver": "splunk", "options": {}}
    without(facts, "logs")
    assert found(facts, "ecs_service") == []
    assert found(facts, "ecs_service", services=("logs",)) == [("endpoint_missing", CAUSE)]
    assert ("endpoint_missing", CAUSE) in found(facts, "ecs_service", profiles=("cloudwatch",))


def test_all_three_endpoints_missing_are_missing_endpoints():
    facts = fixtures.healthy(ON_EC2)
    without(facts, "logs")
    assert found(facts, ON_EC2) == [("endpoint_missing", CAUSE)]
    facts = fixtures.healthy(ON_EC2)
    for service in ("ecs", "ecs-agent", "ecs-telemetry"):
        without(facts, service)
    assert found(facts, ON_EC2) == [("endpoint_missing", CAUSE)]
    # On Fargate nobody needs them.
    assert found(fixtures.healthy("ecs_service"), "ecs_service", services=("ecs",)) == [
        ("service_without_endpoint", CAUSE)
    ]


@pytest.mark.parametrize(("manager", "is_cause"), [("AWS", False), ("CUSTOMER", True)])
def test_only_keys_of_customers_have_policies_to_look_at(manager, is_cause):
    facts = fixtures.healthy("ecs_service")
    facts["Access"]["Keys"][KEY]["KeyManager"] = manager
    facts["Access"]["KeyPolicies"] = {KEY: fixtures.allowing({"AWS": "444444444444"})}
    assert (("kms_key_unusable", CAUSE) in found(facts, "ecs_service")) is is_cause


def test_acls_dont_count_between_a_workload_and_a_database_in_its_subnet():
    facts = fixtures.healthy("db_instance")
    subnets = raw(facts)["DBInstance"]["DBSubnetGroup"]["Subnets"]
    for item, id_ in zip(subnets, fixtures.APP):
        item["SubnetIdentifier"] = id_
    acl(facts, "acl-app")["Entries"] += [entry(1, egress, 5432, 5432, "deny") for egress in (True, False)]
    assert found(facts, "db_instance", subnets=("subnet-a1",)) == []
    assert set(found(facts, "db_instance", subnets=("subnet-a2",))) == {("target_sg_or_port", CAUSE)}


@pytest.mark.parametrize("role", ["nightly", fixtures.role("nightly")])
def test_glue_knows_roles_by_name_and_arn(role):
    facts = fixtures.healthy("glue_job")
    raw(facts)["Job"]["Role"] = role
    assert workloads.of(raw(facts), fixtures.PLACE).role == fixtures.role("nightly")
