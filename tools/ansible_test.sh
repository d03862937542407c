#!/usr/bin/env bash
# ansible-test in the tree that `make tree` made. A run that tests nothing ends well for ansible-test; here it fails.
set -euo pipefail

command=$1
cd .tree/ansible_collections/closednet/aws
python=$(python -c 'import sys; print("{}.{}".format(*sys.version_info))')

sanity() {
    # pslint needs PowerShell, of which this collection has none.
    ansible-test sanity --color no --python "$python" --skip-test pslint "$@"
}

planted_error_is_found() {
    local planted=plugins/modules/planted.py report
    mkdir -p "${planted%/*}"
    echo 'import nothing_of_this_name' > $planted
    report=$(sanity --test import --test validate-modules "$planted" 2>&1) && { echo "ansible-test missed the errors in $planted" >&2; return 1; }
    rm $planted
    for expected in "$planted:.*nothing_of_this_name" "$planted:.*missing-documentation"; do
        grep -q "$expected" <<< "$report" || { printf '%s\nansible-test did not report %s\n' "$report" "$expected" >&2; return 1; }
    done
    echo "ansible-test finds errors planted in $planted"
}

as_many_as_pytest_finds() {
    local expected ran
    expected=$(python -m pytest --collect-only -q tests/unit | grep -c ::)
    ansible-test units --color no --python "$python"
    ran=$(cat tests/output/junit/*.xml | grep -o '<testcase ' | wc -l)
    [ "$ran" -eq "$expected" ] || { echo "ansible-test units ran $ran tests, pytest finds $expected" >&2; return 1; }
    echo "ansible-test units ran all $ran tests"
}

case $command in
    sanity)
        planted_error_is_found
        sanity
        ;;
    units) as_many_as_pytest_finds ;;
    *) echo "usage: $0 sanity|units" >&2; exit 2 ;;
esac
