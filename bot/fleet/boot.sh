#!/bin/sh
# boot.sh "GROUP ..." COMMAND...: boots one host in control groups of its own, and again whenever it asked for a reboot.
set -eu
groups=$1
shift
read -r _ # whoever started this has put it into its groups; end of file means that nobody is there any more
boots=0
while :; do
    boots=$((boots + 1))
    # A fresh group for each boot, beside this loop's own: cgroup v2 lets no process stand in a group that has
    # handed its controllers down, so neither this shell nor the next boot may stand where the last one did.
    fresh=""
    for group in $groups; do
        mkdir "$group/boot$boots"
        fresh="$fresh $group/boot$boots"
    done
    status=0
    # shellcheck disable=SC2016 # the inner shell expands these
    sh -c 'for group in $0; do echo $$ >"$group/cgroup.procs"; done; exec "$@"' "$fresh" "$@" </dev/null || status=$?
    [ "$status" -eq 133 ] || exit "$status" # systemd-nspawn's word for "reboot, please"
done
