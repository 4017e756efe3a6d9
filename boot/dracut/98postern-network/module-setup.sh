#!/bin/bash
# dracut's module for the network as Postern wants it: systemd-networkd with the machine's own configuration
# (boot/initramfs/network.sh), without the bus that dracut's own module needs. Whoever has another network leaves this out.
# Wireless interfaces are left out on purpose.

postern_network_fatal() {
    dfatal "postern-network: $1"
    exit 1
}

# Only where it is asked for.
check() {
    return 255
}

depends() {
    echo systemd
}

installkernel() {
    # shellcheck source=boot/initramfs/machine.sh
    . @libexecdir@/machine.sh
    # shellcheck source=boot/initramfs/network.sh
    . @libexecdir@/network.sh
    local modules
    # shellcheck disable=SC2154 # dracut's
    mapfile -t modules < <(postern_drivers "$kernel"; postern_kinds "$initdir")
    instmods '=drivers/net/ethernet' '=drivers/net/mdio' '=drivers/net/phy' '=drivers/net/usb' '=drivers/net/hyperv' \
        virtio_net xen_netfront vmxnet3
    hostonly='' instmods af_packet ipv6 8021q bonding bridge "${modules[@]}"
    return 0
}

# Runs in a shell of its own, so that nothing stays behind in whatever way it ends.
postern_network_stage() (
    folder=$(mktemp -d "${DRACUT_TMPDIR:-/tmp}/postern.XXXXXXXXXX") || exit
    trap 'rm -rf -- "$folder"' EXIT
    # shellcheck disable=SC2154 # of dracut.conf
    postern_network "$folder" "$1" "${postern_network_secrets-}" && cp -a "$folder"/* "$initdir"
)

install() {
    # shellcheck source=boot/initramfs/machine.sh
    . @libexecdir@/machine.sh
    # shellcheck source=boot/initramfs/network.sh
    . @libexecdir@/network.sh
    # shellcheck disable=SC2154 # dracut's, and of dracut.conf
    local folder=${postern_network_config:-/etc/systemd/network} units=$systemdsystemunitdir
    [[ -d $folder || ! ${postern_network_config-} ]] || postern_network_fatal "there is no folder $folder"
    inst_multiple "$systemdutildir/systemd-networkd" "$units"/systemd-networkd.{service,socket} ||
        postern_network_fatal 'systemd-networkd can not be added'
    # The first has networkd understand ip= on the kernel's command line.
    inst_multiple -o "$systemdutildir/systemd-network-generator" "$units/systemd-network-generator.service" networkctl ip
    postern_network_stage "$folder" || postern_network_fatal 'the configuration can not be added'
    # shellcheck disable=SC2086,SC2154 # names are words
    inst_rules $postern_network_rules
    postern_network_accounts "$initdir" || postern_network_fatal 'this system has no user systemd-network'
}
