# shellcheck shell=bash
# The source of the standard library, for those who build it. Sourced by two of
# the tools.

# Debian suites that carry a recent rust-src, nearest first
SUITES=(trixie-backports testing unstable)

# The hosts Debian packages come from on this machine, as apt itself reads its
# configuration (one-line and deb822 sources alike). Needs neither root nor net.
debian_mirrors() {
    apt-get --print-uris update 2>/dev/null |
        sed -n "s#^'\(.*\)/dists/[^']*/InRelease'.*#\1#p" | grep -v security | sort -u
}

# Leaves the unpacked `library` folder of that very version in WORK/library.
source_from_debian() { # VERSION WORK
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    local version=$1 work=$2 suite mirror found apt=$2/apt keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    # Sources and lists apart, so that the machine's stay as they are; what else
    # is configured there (proxies, keys) holds.
    local apart=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache"
        -o Debug::NoLocking=true -o APT::Sandbox::User="$(id -un)")
    local signed=
    [[ ! -f $keyring ]] || signed="[signed-by=$keyring]"
    for suite in "${SUITES[@]}"; do
        while read -r mirror; do
            rm -rf "$apt"
            mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
            echo "deb $signed $mirror $suite main" >"$apt/sources.list"
            say "looking for rust-src $version in Debian's $suite"
            # its status says little: hooks in the machine's configuration may want root
            bounded 120 apt-get "${apart[@]}" update >"$LOGS/rust-src.log" 2>&1 || true
            found=$(apt-cache "${apart[@]}" madison rust-src 2>/dev/null |
                awk -F' *[|] *' -v v="$version" 'index($2, v "+") == 1 { print $2; exit }')
            [[ -n $found ]] || continue
            say "downloading rust-src $found"
            cd "$work" || return 1 # where apt-get download leaves it
            long rust-src 300 apt-get "${apart[@]}" download "rust-src=$found" || continue
            dpkg-deb -x rust-src_*.deb unpacked
            mv unpacked/usr/src/rustc-*/library library
            return 0
        done < <(debian_mirrors)
    done
    return 1
}
