# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sphinx settings of `make docs`, which renders what antsibull-docs makes of the plugins' and roles' own docs."""

from __future__ import annotations

from docutils import nodes

project = "closednet.aws"
extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_show_copyright = False

# Labels of Ansible's own documentation that antsibull-docs refers to. Sphinx's intersphinx would fetch all labels from
# there at each build, so each build would need the network.
ANSIBLE_PAGES = {
    "action_plugins": ("action plugin", "plugins/action.html"),
    "ansible_configuration_settings": ("Ansible Configuration Settings", "reference_appendices/config.html"),
    "callback_plugins": ("callback plugins", "plugins/callback.html"),
    "common_return_values": ("here", "reference_appendices/common_return_values.html"),
}


def _link_to_ansible(app, env, node, contnode):
    if node["reftarget"] not in ANSIBLE_PAGES:
        return None
    title, page = ANSIBLE_PAGES[node["reftarget"]]
    url = f"https://docs.ansible.com/ansible/latest/{page}"
    return nodes.reference("", title, refuri=url, internal=False)


def setup(app):
    app.connect("missing-reference", _link_to_ansible)
