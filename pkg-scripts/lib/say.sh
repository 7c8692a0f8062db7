# shellcheck shell=bash
# Talking to the person. Everything goes to stderr: stdout is for the result
# (a tool script's last line there is the path to use).

NAME=$(basename "$0")

elapsed() {
    echo $(($(date +%s) - WAXSEAL_BEGAN))
}

# say WORDS...   what is being done now, with the seconds since the run began
say() {
    printf '[%4ds] %s: %s\n' "$(elapsed)" "$NAME" "$*" >&2
}

# fail WORDS...  the last word; each further line of it is indented
fail() {
    printf '[%4ds] %s: error: %s\n' "$(elapsed)" "$NAME" "${*//$'\n'/$'\n'         }" >&2
    exit 1
}
