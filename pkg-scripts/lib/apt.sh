# shellcheck shell=bash
# Debian packages, for machines that have apt.

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# apt_install PACKAGE...   nothing at all is run when all are there
apt_install() {
    local package missing=() as_root=()
    command -v apt-get >/dev/null ||
        fail "this machine has no apt-get: install $* in its own way, then run this again"
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    if ((EUID != 0)); then
        as_root=(sudo -n)
        sudo -n true 2>/dev/null || fail "needs root for Debian packages. A person must run:
    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}
then run this again"
    fi

    # One run at a time; apt's own lock (two minutes) covers other users of apt.
    take_lock apt
    as_root+=(env DEBIAN_FRONTEND=noninteractive)
    if apt_lists_are_older_than_this_run; then
        say "apt-get update"
        long apt-update 300 "${as_root[@]}" apt-get update ||
            say "apt-get update had trouble; trying with the lists as they are"
        touch "$CACHE/apt-updated"
    fi
    say "apt-get install ${missing[*]}"
    long "apt-$NAME" 900 "${as_root[@]}" apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "${missing[@]}" ||
        fail "apt-get could not install ${missing[*]} (see above)"
    release_lock
}

apt_lists_are_older_than_this_run() {
    local updated
    updated=$(stat --format=%Y "$CACHE/apt-updated" 2>/dev/null || echo 0)
    ((updated < WAXSEAL_BEGAN))
}

# apt_install_without_starting SERVICES PACKAGE...   SERVICES in one word. Installing
# a Debian server starts it, and again at each boot; we want the programs only:
# policy-rc.d refuses the start, `disable` the next boot's. A server that the
# machine had stays as it was.
apt_install_without_starting() {
    local services=$1 policy=/usr/sbin/policy-rc.d as_root=() absent=() service
    shift
    ((EUID == 0)) || as_root=(sudo -n)
    for service in $services; do
        [[ -e /etc/init.d/$service ]] || absent+=("$service")
    done
    if [[ ! -e $policy ]] && "${as_root[@]}" true 2>/dev/null; then
        at_exit "${as_root[*]} rm -f $policy"
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    apt_install "$@"
    for service in "${absent[@]}"; do
        [[ ! -d /run/systemd/system ]] ||
            "${as_root[@]}" systemctl disable --now "$service" >/dev/null 2>&1 || true
    done
}
