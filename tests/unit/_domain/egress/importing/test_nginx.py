# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nginx's stream servers let through. https://nginx.org/en/docs/stream/ngx_stream_map_module.html and others."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.closednet.aws.plugins.module_utils._domain.egress import domains
from ansible_collections.closednet.aws.plugins.module_utils._domain.egress.importing import nginx, proposal

NGINX = shutil.which("nginx")
REAL = """\
load_module modules/ngx_stream_module.so;
worker_processes auto;
pid /run/nginx.pid;
events { worker_connections 10240; }
stream {
    log_format egress escape=json '{"time":"$time_iso8601","src":"$remote_addr","sni":"$ssl_preread_server_name"}';
    access_log /var/log/nginx/egress.log egress;
    resolver 169.254.169.253 ipv6=off;   # the VPC's
    geo $proxy_protocol_addr $system {
        default none;
        10.1.0.0/16 payments;
        10.2.0.0/16 batch;
    }
    map $ssl_preread_server_name $payments { hostnames; default 0; include /etc/nginx/payments.map; }
    map $ssl_preread_server_name $batch { hostnames; default 0; .example.net 1; "api.example.com" 1; }
    map $system $allowed { default 0; payments $payments; batch $batch; }
    map $allowed $target { 1 $ssl_preread_server_name:443; default unix:/run/deny.sock; }
    server {
        listen 443 proxy_protocol;
        set_real_ip_from 10.0.0.0/8;
        ssl_preread on;
        preread_buffer_size 32k;
        proxy_pass $target;
    }
    server { listen unix:/run/deny.sock; return ""; }
}
"""
PAYMENTS = "# partner\napi.stripe.com 1;\n*.adyen.com 1;\n"
FILES = {"/etc/nginx/nginx.conf": REAL, "/etc/nginx/payments.map": PAYMENTS}


def read(stream, **files):
    return nginx.read(
        {"nginx.conf": stream, **{name.replace("_", "."): text for name, text in files.items()}}, "nginx.conf"
    )


def proposed(imported):
    return {one.destination: one.port for one in imported.allowed}


def why(imported):
    return [f"{one.line.place}: {one.why}" for one in imported.unconverted]


def test_a_real_configuration_becomes_a_group_for_each_system():
    imported = nginx.read(FILES, "/etc/nginx/nginx.conf")
    groups, notes = proposal.groups([imported], {"alpha": ["10.1.0.0/16"], "beta": ["10.2.0.0/16"]})
    assert groups == {
        "alpha": {
            "owner": "TODO",
            "sources": ["alpha"],
            "allow": [
                {"domain": "*.adyen.com", "reason": "imported from /etc/nginx/payments.map:3"},
                {"domain": "api.stripe.com", "reason": "imported from /etc/nginx/payments.map:2"},
            ],
        },
        "beta": {
            "owner": "TODO",
            "sources": ["beta"],
            "allow": [
                {"domain": ".example.net", "reason": "imported from /etc/nginx/nginx.conf:15"},
                {"domain": "api.example.com", "reason": "imported from /etc/nginx/nginx.conf:15"},
            ],
        },
    }
    assert notes == [] and imported.unconverted == ()


@pytest.mark.skipif(not NGINX, reason="no nginx on this machine")
def test_nginx_itself_accepts_the_real_configuration(tmp_path):
    (tmp_path / "payments.map").write_text(PAYMENTS)
    text = (
        REAL.replace("/etc/nginx", str(tmp_path))
        .replace("/var/log/nginx", str(tmp_path))
        .replace("/run", str(tmp_path))
    )
    conf = tmp_path / "nginx.conf"
    conf.write_text(text.replace("modules/ngx", "/usr/lib/nginx/modules/ngx"))
    done = subprocess.run(
        [NGINX, "-t", "-c", conf, "-p", tmp_path, "-e", tmp_path / "error.log"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "syntax is ok" in done.stderr, done.stderr


SERVER = "server { listen 443; ssl_preread on; proxy_pass $target; }\n"
OK = "map $ok $target { 1 $ssl_preread_server_name:443; default unix:/deny; }\n"


def of_map(keys, more=""):
    return read(f"stream {{ map $ssl_preread_server_name $ok {{ {keys} }} {OK} {more} {SERVER} }}")


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("hostnames; .x.example 1; bad.x.example 0;", ".x.example may be sent to NAME:443, or a part of it refused"),
        ("hostnames; .x.example 1; include deny.map;", "none of the given files"),
        (".x.example 1;", "lacks the line `hostnames;`"),
        ("hostnames; www.example.* 1;", "leaves the end of the name open"),
        ("~^api\\. 1;", "is a regular expression"),
        ("default 1;", "lets sources reach every name"),
        ("x.example 10.0.0.1;", None),
    ],
)
def test_what_cannot_be_said_is_reported_and_not_opened(keys, text):
    imported = of_map(keys)
    assert proposed(imported) == {}
    assert text is None or any(text in line for line in why(imported)), why(imported)


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        ("server { listen 443; proxy_pass db.example:5432; }", "without looking at names"),
        ("server { listen 443; ssl_preread on; js_access f; proxy_pass $ssl_preread_server_name:443; }", "js_access"),
        ("geo $remote_addr $g { 10.0.0.0/8 1; include geo.conf; }", "none of the given files"),
        ("http { server { listen 80; } }", "as a web server"),
        ("server { listen 443; ssl_preread on; proxy_pass $ssl_preread_server_name:443; }", "reach every name"),
        ("map $a b { }", "is no map"),
        ("map $ssl_preread_server_name $o { a.example 1 } ", "isn't ended"),
        ("server { listen 443", "isn't ended"),
        ("}", "a } too many"),
    ],
)
def test_other_shapes_are_reported(stream, text):
    imported = read(stream)
    assert imported.allowed == ()
    assert any(text in f"{line} {one.line.text}" for one, line in zip(imported.unconverted, why(imported))), why(
        imported
    )


def test_who_may_enter_comes_before_names():
    keys = "hostnames; .x.example 1;"
    server = "server { listen 443; deny 10.1.9.0/24; allow 10.1.0.0/16; deny all; ssl_preread on; proxy_pass $target; }"
    imported = read(f"stream {{ map $ssl_preread_server_name $ok {{ {keys} }} {OK} {server} }}")
    (one,) = imported.allowed
    assert one.sources == (ipaddress.ip_network("10.1.0.0/16"),)
    # What stands around a server holds for it, too.
    around = read(
        f"stream {{ allow 10.2.0.0/16; deny all; ssl_preread on; map $ssl_preread_server_name $ok {{ {keys} }} {OK}"
        "server { listen 443; proxy_pass $target; } }"
    )
    assert around.allowed[0].sources == (ipaddress.ip_network("10.2.0.0/16"),)


def test_the_port_is_that_of_the_value_or_of_the_listener():
    maps = (
        "map $ssl_preread_server_name $t { a.example $ssl_preread_server_name:8443; b.example b.example:$server_port; }"
    )
    imported = read(f"stream {{ {maps} server {{ listen 443; ssl_preread on; proxy_pass $t; }} }}")
    assert proposed(imported) == {"a.example": 8443, "b.example": 443}


def test_a_name_that_is_sent_elsewhere_is_reported():
    maps = "map $ssl_preread_server_name $t { a.example other.example:443; default unix:/deny; }"
    imported = read(f"stream {{ {maps} server {{ listen 443; ssl_preread on; proxy_pass $t; }} }}")
    assert imported.allowed == () and why(imported) == [
        "nginx.conf:1: a.example may be sent to other.example:443, or a part of it refused"
    ]


def test_keys_of_a_source_and_a_name():
    maps = (
        "geo $g { default none; 10.1.0.0/16 pay; }\n"
        'map "$g:$ssl_preread_server_name" $t { "pay:a.example" $ssl_preread_server_name:443; default unix:/deny; }'
    )
    imported = read(f"stream {{ {maps} server {{ listen 443; ssl_preread on; proxy_pass $t; }} }}")
    assert [(one.destination, one.sources) for one in imported.allowed] == [
        ("a.example", (ipaddress.ip_network("10.1.0.0/16"),))
    ]


# --- any maps: what is proposed is what nginx would send to the name.

NAMES = ["a.test", "b.a.test", "c.b.a.test", "b.test", "z.c.b.a.test", "other.test"]
KEYS = st.dictionaries(
    st.sampled_from([*NAMES, *(f".{n}" for n in NAMES), *(f"*.{n}" for n in NAMES)]), st.sampled_from("01"), max_size=5
)
NETS = st.dictionaries(
    st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"]), st.sampled_from("gh")
)
ACCESS = st.lists(
    st.tuples(
        st.sampled_from(["allow", "deny"]), st.sampled_from(["10.1.0.0/16", "10.1.2.0/25", "10.2.0.1/32", "0.0.0.0/0"])
    ),
    max_size=3,
)
ADDRESSES = ["10.1.2.3", "10.1.9.9", "10.2.0.1", "10.9.0.1", "192.0.2.1"]


def value(keys, default, name):
    """Value of a map by nginx's documentation alone."""
    if name in keys:
        return keys[name]
    # .x.test is x.test and *.x.test.
    if f".{name}" in keys:
        return keys[f".{name}"]
    labels = name.split(".")
    for start in range(1, len(labels)):
        rest = ".".join(labels[start:])
        for key in (f"*.{rest}", f".{rest}"):
            if key in keys:
                return keys[key]
    return default


@settings(max_examples=300, deadline=None)
@given(g=KEYS, h=KEYS, nets=NETS, default=st.sampled_from("01"), default_net=st.sampled_from("ghn"), access=ACCESS)
def test_nothing_is_proposed_that_nginx_refuses(g, h, nets, default, default_net, access):
    # Both forms of one mask are a duplicate, which nginx refuses.
    of_groups = {
        "g": {k: v for k, v in g.items() if f"*{k}" not in g and k[1:] not in g},
        "h": {k: v for k, v in h.items() if f"*{k}" not in h and k[1:] not in h},
    }
    keys_of_geo = " ".join(f"{net} {to};" for net, to in nets.items())
    text = f"geo $who {{ default {default_net}; {keys_of_geo} }}\n"
    for name, keys in of_groups.items():
        pairs = " ".join(f"{key} {to};" for key, to in keys.items())
        text += f"map $ssl_preread_server_name $ok_{name} {{ hostnames; default {default}; {pairs} }}\n"
    text += "map $who $ok { default 0; g $ok_g; h $ok_h; }\n"
    listed = " ".join(f"{action} {net};" for action, net in access)
    imported = read(text + OK + SERVER.replace("listen 443;", f"listen 443; {listed}"))
    mentioned = [ipaddress.ip_network(net) for net in (*nets, *(net for _action, net in access)) if net != "0.0.0.0/0"]
    for group in proposal.groups([imported], {})[0].values():
        networks = [ipaddress.ip_network(one) for one in group["sources"] if one != "TODO"]
        for address in map(ipaddress.ip_address, ADDRESSES):
            rest = "TODO" in group["sources"] and not any(address in net for net in mentioned)
            if not rest and not any(address in net for net in networks):
                continue
            enters = [action for action, net in access if address in ipaddress.ip_network(net)]
            assert enters[:1] != ["deny"], (address, group)
            holding = [net for net in map(ipaddress.ip_network, nets) if address in net]
            longest = max(holding, key=lambda net: net.prefixlen, default=None)
            who = nets[str(longest)] if longest else default_net
            for entry in group["allow"]:
                parsed = domains.parse("domain", entry["domain"])
                for name in NAMES:
                    if domains.matches(parsed.name, parsed.form, name):
                        assert who in of_groups and value(of_groups[who], default, name) == "1", (address, name, entry)
