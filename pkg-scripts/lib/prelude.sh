# shellcheck shell=bash
# What every script here starts with:  . "$(dirname "$0")/…/lib/prelude.sh"
# Sets REPO (the clone) and CACHE (kept outside it, so that a fresh clone on the
# same machine is fast), and brings say, fail, bounded, long, take_lock,
# apt_install and npm_ci.

set -euo pipefail

LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=${LIB%/pkg-scripts/lib}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/waxseal
# shellcheck disable=SC2034  # used by the scripts that source this file
TOOLS=$REPO/pkg-scripts/tools

# The run began when its outermost script did: the scripts it calls count their
# seconds from there, and refresh apt's lists at most once among them.
export WAXSEAL_BEGAN=${WAXSEAL_BEGAN:-$(date +%s)}

# each clone has its own logs
LOGS=$CACHE/logs/${REPO//\//%}
mkdir -p "$LOGS" "$CACHE/locks" "$CACHE/stamps"

# Cleanups run last-in first-out when this very process ends, however it ends.
# (Subshells inherit the list but must not run it.)
CLEANUPS=()
at_exit() {
    CLEANUPS+=("$1")
}
run_cleanups() {
    local i
    [[ $BASHPID == "$$" ]] || return 0
    for ((i = ${#CLEANUPS[@]} - 1; i >= 0; i--)); do
        eval "${CLEANUPS[i]}" || true
    done
    CLEANUPS=()
}
trap run_cleanups EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

. "$LIB/say.sh"
. "$LIB/run.sh"
. "$LIB/lock.sh"
. "$LIB/apt.sh"
. "$LIB/npm.sh"
. "$LIB/rust.sh"
