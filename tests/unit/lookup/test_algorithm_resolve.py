# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleLookupError

from ansible_collections.closednet.aws.plugins.lookup.algorithm_resolve import DOCUMENTATION, LookupModule
from ansible_collections.closednet.aws.plugins.module_utils import algorithm_registry_client as client
from ansible_collections.closednet.aws.tests.unit.test_algorithm_registry_client import World


@pytest.fixture
def world(monkeypatch):
    """Tables of which `now` is the real one, and what the lookup connects with."""
    made = World()
    made.time = client.time.time()
    made.offer()
    made.check()
    made.given = {}
    monkeypatch.setattr(client, "connect", lambda **given: made.given.update(given) or made)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    return made


def looked_up(*terms, **options):
    """Look up with the defaults of the plugin's documentation; Ansible itself reads them in the molecule scenario."""
    documented = yaml.safe_load(DOCUMENTATION)["options"]
    given = {name: spec.get("default") for name, spec in documented.items()}
    given |= {"region": "eu-central-1", **options}
    plugin = LookupModule()
    plugin.set_options, plugin.get_option = (lambda **_options: None), given.get
    return plugin.run(list(terms), {}, **options)


def test_answers(world):
    (found,) = looked_up("score")
    assert found == {
        "algorithm": "score",
        "version": "1",
        "account": "222222222222",
        "endpoint": "score.alpha.algorithms.internal",
        "port": 8443,
        "protocol": "http",
        "url": "http://score.alpha.algorithms.internal:8443",
    }
    assert len(looked_up("score", "score", version="1", key="a")) == 2
    assert set(world.queries) == {"algorithms", "algorithms-health"}


def test_the_tables_and_the_credential_are_those_given(world):
    world.queries.clear()
    with pytest.raises(AnsibleLookupError, match="no such row"):
        looked_up(
            "other", table="mine", access_key="AKIAEXAMPLE", secret_key="s", session_token="t", endpoint_url="http://e"
        )
    assert world.queries == ["mine"] and world.given["endpoint_url"] == "http://e"
    credentials = world.given["session"].get_credentials()
    assert (credentials.access_key, credentials.token) == ("AKIAEXAMPLE", "t")
    assert world.given["session"].region_name == "eu-central-1"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"version": "2"}, "score 2: the registry algorithms has no such row"),
        ({"stale_seconds": 0}, "ttl: 0 is not below stale_seconds"),
        ({"profile": "nobody"}, "nobody"),
    ],
)
def test_what_can_not_be_answered_is_told(world, options, says):
    with pytest.raises(AnsibleLookupError, match=says):
        looked_up("score", **options)


def test_texts_of_rows_are_shown_as_text(world):
    world.offer(state="pending", reason="\x1b[2J{{ evil }}")
    with pytest.raises(AnsibleLookupError) as told:
        looked_up("score")
    assert "\x1b" not in str(told.value) and r"\x1b[2J" in str(told.value)
