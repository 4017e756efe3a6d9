#!/bin/bash
# mkinitcpio as mkinitcpio(8) tells hooks of it, with little behind it: what is added goes into the folder $BUILDROOT, and of
# modules, programs and rules the names are printed. Arguments: a file with settings, and the hooks. As in mkinitcpio itself,
# they run in one shell, and what build() returns is not asked for.

error() {
    # shellcheck disable=SC2059 # the format is the caller's
    printf "ERROR: $1\n" "${@:2}" >&2
}

warning() {
    # shellcheck disable=SC2059
    printf "WARNING: $1\n" "${@:2}" >&2
}

add_module() {
    echo "module ${1%\?}"
}

add_checked_modules() {
    echo "modules ${*: -1}"
}

add_udev_rule() {
    echo "rule $1"
}

# Of the hook systemd.
add_systemd_unit() {
    echo "unit $1"
}

add_binary() {
    echo "binary ${2-$1}"
    install -Dm755 /dev/null "$BUILDROOT${2-$1}"
}

add_dir() {
    [[ -d $BUILDROOT$1 ]] || install -dm"${2-755}" "$BUILDROOT$1"
}

add_file() {
    [[ -f $1 ]] || return 1
    install -Dm"${3-$(stat -c %a "$1")}" "$1" "$BUILDROOT${2-$1}"
}

add_symlink() {
    mkdir -p "$BUILDROOT${1%/*}"
    ln -sfn "$2" "$BUILDROOT$1"
}

umask 022
# shellcheck source=/dev/null
. "$1"
for hook in "${@:2}"; do
    # shellcheck source=/dev/null
    . "$hook"
    build
done
echo 'written'
