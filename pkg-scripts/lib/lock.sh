# shellcheck shell=bash
# Two runs at once (two clones, a person and a CI) must not install the same
# thing into the cache at the same time.

# take_lock NAME   held until release_lock or until this script ends. The kernel
# lets go of it when the process dies, so there is nothing stale to clean up.
LOCKS=()
take_lock() {
    local fd
    exec {fd}>"$CACHE/locks/$1"
    LOCKS+=("$fd")
    flock --nonblock "$fd" && return 0
    say "another run is at work on $1; waiting for it"
    flock --wait "$(limit_of 1500)" "$fd" ||
        fail "gave up waiting for the other run to finish with $1"
}

# the lock taken last
release_lock() {
    local fd=${LOCKS[-1]}
    unset 'LOCKS[-1]'
    exec {fd}>&-
}
