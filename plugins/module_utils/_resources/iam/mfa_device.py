# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MFA devices that people registered for themselves: read only."""

from __future__ import annotations

from ..._core.reconcile import Actual, ResourceType

READ_AFTER = ("authorization_details",)
INPUTS = ("people", "register_mfa")
PERMISSIONS = ("iam:ListMFADevices",)
KIND = ResourceType("mfa_device")


def read(aws, declared, found):
    """Return {user name: Actual} whose id is the serial number of a device that shows codes; None without one.

    details: serials (of all devices, sorted).
    """
    if declared.absent:
        return {}
    there = {user["UserName"] for user in found["authorization_details"]["main"].details["UserDetailList"]}
    people = [name for name in declared.inputs.people if name in there]
    listed = aws.gather(
        *(lambda name=name: aws.read("iam.list_mfa_devices", "MFADevices", UserName=name) for name in people)
    )
    actual = {}
    for name, devices in zip(people, listed):
        serials = sorted(device["SerialNumber"] for device in devices)
        # FIDO security keys can't be used with AssumeRole ("Secure API access with MFA").
        with_codes = [serial for serial in serials if ":u2f/" not in serial]
        actual[name] = Actual(with_codes[0] if with_codes else None, {}, False, {"serials": serials})
    return actual


def registered(found, name):
    """Return true if the user has any MFA device."""
    device = found["mfa_device"].get(name)
    return device is not None and bool(device.details["serials"])


def notes(wanted, found, declared):
    lines = []
    for name in [] if declared.absent else declared.inputs.people:
        if not registered(found, name):
            lines.append(f"{name} has no MFA device yet, and can do no more than {_what_is_left(name, declared)}")
        elif found["mfa_device"][name].id is None:
            lines.append(f"{name} has only a FIDO security key, with which the AWS CLI can't switch to a role")
    return lines


def _what_is_left(name, declared):
    if name in declared.inputs.register_mfa:
        return f"register one, named {name}"
    return f"look on: declare register_mfa for {name} when key or password is handed over"
