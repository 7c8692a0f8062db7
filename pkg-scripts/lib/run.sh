# shellcheck shell=bash
# Running things bounded in time. WAXSEAL_PATIENCE=3 makes every limit three
# times as long, for a machine slower than these limits were made for.

HEARTBEAT=15
NOT_RUN=77 # the status of a step or tool that has decided not to run

limit_of() {
    echo $(($1 * ${WAXSEAL_PATIENCE:-1}))
}

timed_out() { # SECONDS CMD...
    local limit=$1
    shift
    say "timed out after ${limit} s: $*"
    say "  run it again (what is done stays done), or with WAXSEAL_PATIENCE=3 to wait three times as long"
}

# In the background and waited for, because bash acts on a signal during `wait`
# but not during a foreground command; and `timeout` puts the command into a
# process group of its own, which the keyboard's interrupt does not reach.
start_bounded() { # SECONDS CMD...  leaves the pid in CHILD
    local limit=$1
    shift
    timeout --kill-after=10 "$limit" "$@" &
    CHILD=$!
    at_exit "kill $CHILD 2>/dev/null"
}

# bounded SECONDS CMD...   its output passes through; its status is returned,
# 124 when the time ran out
bounded() {
    local limit status=0
    limit=$(limit_of "$1")
    shift
    start_bounded "$limit" "$@"
    wait "$CHILD" || status=$?
    unset 'CLEANUPS[-1]'
    [[ $status != 124 && $status != 137 ]] || timed_out "$limit" "$@"
    return "$status"
}

# long LOG SECONDS CMD...   output goes to LOGS/LOG.log; meanwhile a line
# each 15 s tells the time and the last thing logged; on failure the log's tail
long() {
    local log=$LOGS/$1.log limit status=0 since=$SECONDS beat=$SECONDS
    limit=$(limit_of "$2")
    shift 2
    start_bounded "$limit" "$@" >"$log" 2>&1
    while kill -0 "$CHILD" 2>/dev/null; do
        if ((SECONDS - beat >= HEARTBEAT)); then
            beat=$SECONDS
            say "  $((SECONDS - since)) s of at most ${limit} s: $(last_line "$log")"
        fi
        sleep 0.2
    done
    wait "$CHILD" || status=$?
    unset 'CLEANUPS[-1]'
    ((status == 0 || status == NOT_RUN)) && return "$status"
    [[ $status != 124 && $status != 137 ]] || timed_out "$limit" "$@"
    say "failed (status $status): $*; the end of $log:"
    tail -n "${LOG_TAIL:-40}" "$log" | sed 's/^/    | /' >&2
    return "$status"
}

# Progress bars overwrite themselves with CR, colour with escapes: what stands
# last, plain, cut to a line's length.
last_line() {
    tail -c 2000 "$1" | tr '\r' '\n' | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' |
        grep -v '^[[:space:]]*$' | tail -n 1 | cut -c 1-100 || true
}
