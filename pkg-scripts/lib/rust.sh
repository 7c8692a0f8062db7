# shellcheck shell=bash
# The toolchain is the one that `rustc` means in the clone: a rust-toolchain
# file or a rustup override there counts, wherever the script is run from.

# shellcheck disable=SC2034  # used by the scripts that source this file
WASM_TARGET=wasm32-unknown-unknown TARGET_DIR=${CARGO_TARGET_DIR:-$REPO/target}

in_repo() {
    (cd "$REPO" && "$@")
}

# Makes cargo and rustc run outside the clone use the clone's toolchain.
use_repo_toolchain() {
    if command -v rustup >/dev/null; then
        RUSTUP_TOOLCHAIN=$(in_repo rustup show active-toolchain | cut -d' ' -f1)
        export RUSTUP_TOOLCHAIN
    fi
}

# The version of a crate as this clone's Cargo.lock has it, else as Cargo.toml
# pins it (="x.y.z").
crate_version() { # NAME
    local version=
    if [[ -f $REPO/Cargo.lock ]]; then
        version=$(grep -A1 "^name = \"$1\"\$" "$REPO/Cargo.lock" |
            sed -n 's/^version = "\(.*\)"/\1/p' | head -n 1)
    fi
    if [[ -z $version && -f $REPO/Cargo.toml ]]; then
        version=$(sed -n "s/^$1 *=.*\"= *\([0-9][^\"]*\)\".*/\1/p" "$REPO/Cargo.toml" | head -n 1)
    fi
    [[ -n $version ]] || fail "neither Cargo.lock nor Cargo.toml says which version of $1 is used"
    echo "$version"
}

# is_at_least HAVE WANT   by version order
is_at_least() {
    [[ $(printf '%s\n' "$2" "$1" | sort --version-sort | head -n 1) == "$2" ]]
}
