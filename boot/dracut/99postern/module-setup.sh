#!/bin/bash
# dracut's module for Postern: adds what `postern initramfs stage` makes. dracut doesn't ask what install() returns, so an error
# ends dracut itself: the old image stays.

postern_fatal() {
    dfatal "postern: $1"
    exit 1
}

# An SSH server is nobody's idea of a default: only where it is asked for.
check() {
    return 255
}

depends() {
    echo systemd
}

installkernel() {
    # shellcheck source=boot/initramfs/machine.sh
    . @libexecdir@/machine.sh
    local modules
    # shellcheck disable=SC2154 # dracut's
    mapfile -t modules < <(postern_drivers "$kernel")
    instmods '=drivers/char/tpm'
    [[ ${#modules[@]} -eq 0 ]] || hostonly='' instmods "${modules[@]}"
}

# Runs in a shell of its own, so that nothing stays behind in whatever way it ends.
postern_stage() (
    folder=$(mktemp -d "${DRACUT_TMPDIR:-/tmp}/postern.XXXXXXXXXX") || exit
    trap 'rm -rf -- "$folder"' EXIT
    # shellcheck disable=SC2154 # dracut's
    @bindir@/postern initramfs stage --for dracut --image "$initdir" "$folder/tree" || exit
    shopt -s dotglob
    cp -a --remove-destination "$folder"/tree/* "$initdir"
)

# Something has to bring the network up.
postern_handler() {
    local handler file
    for handler in postern-network systemd-networkd network-manager network-legacy connman network-wicked; do
        dracut_module_included "$handler" && break
        handler=
    done
    case $handler in
        postern-network) return ;; # says by itself what is wrong
        '') postern_fatal "nothing brings the network up: add_dracutmodules+=' postern-network '" ;;
        systemd-networkd)
            for file in "$initdir"/etc/systemd/network/* "$initdir"/etc/systemd/network/*.d/*; do
                [[ ! -f $file ]] || ! postern_secret "$file" ||
                    dwarn "postern: there is a secret in ${file#"$initdir"}, and the image is not encrypted"
            done
            compgen -G "$initdir/etc/systemd/network/*.network" >/dev/null && return
            ;;
        *) echo rd.neednet=1 >>"$initdir/etc/cmdline.d/50-postern.conf" ;; # also if the root device is none of the network
    esac
    postern_addressed "$initdir"/etc/cmdline.d/*.conf ||
        dwarn "postern: no ip= on the kernel's command line is known: without, the network may not come up"
}

install() {
    # shellcheck source=boot/initramfs/machine.sh
    . @libexecdir@/machine.sh
    # shellcheck source=boot/initramfs/network.sh
    . @libexecdir@/network.sh
    postern_handler
    postern_stage || postern_fatal 'nobody could log in: there is no new image'
    # It will be written over an old image, whose mode stays: there is a key in it from now on.
    # shellcheck disable=SC2154 # dracut's
    [[ ! -f $outfile ]] || chmod go= "$outfile" 2>/dev/null || :
}
