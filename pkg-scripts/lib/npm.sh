# shellcheck shell=bash
# Packages of the npm registry.

# npm_ci FOLDER   installs what its package-lock.json says, unless that is there
npm_ci() {
    local folder=$1 stamp=$1/node_modules/.waxseal-lock now
    now=$(node --version && sha256sum <"$folder/package-lock.json")
    [[ ! -f $stamp || $(<"$stamp") != "$now" ]] || return 0
    say "installing the packages of ${folder#"$REPO/"} (npm ci)"
    (cd "$folder" && long "npm-ci-${folder//\//%}" 600 npm ci --no-audit --no-fund --ignore-scripts) ||
        fail "npm could not install the packages of ${folder#"$REPO/"} (see above)"
    echo "$now" >"$stamp"
}
