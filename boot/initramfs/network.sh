# The network of images that systemd brings up, for the hooks of all their builders: the machine's own configuration, without
# what is secret in it, unless it is named: whoever can read the image would have it. Sourced by the hooks, plain sh.

# postern_secret FILE
# Succeeds if a file of systemd-networkd's has a secret in it: a key of WireGuard, a key of MACsec (one of GRE is short, and no
# secret), or a password.
postern_secret() {
  grep -Eiqs '^[[:space:]]*((PrivateKey|PresharedKey|Password)[[:space:]]*=|Key[[:space:]]*=[[:space:]]*[[:xdigit:]]{32})' "$1"
}

# postern_network TREE CONFIGURATION NAMED
# Writes the folder TREE with what an image is to have: from CONFIGURATION, a folder as /etc/systemd/network, and from the
# system. NAMED, between spaces, are the names of files with secrets that it is to have all the same. What is left out is said
# on standard error. Fails if something can't be written.
postern_network() {
  postern_tree=$1
  mkdir -p "$1/usr/lib/tmpfiles.d" "$1/etc/systemd/system/sysinit.target.wants" || return
  postern_network_folder "$2" /etc/systemd/network " $3 " network netdev link || return
  # The names of interfaces are those of the running system.
  postern_network_folder /usr/lib/systemd/network /usr/lib/systemd/network "" link || return
  postern_network_folder /etc/systemd /etc/systemd "" networkd.conf || return
  postern_unit=$1/etc/systemd/system/systemd-networkd.service.d/50-postern.conf
  mkdir -p "${postern_unit%/*}" || return
  # Where it has files of its own with secrets it may read them by then.
  printf '[Unit]\nAfter=systemd-tmpfiles-setup.service\n' >"$postern_unit" || return
  for postern_unit in systemd-networkd.service systemd-network-generator.service; do
    [ ! -e "/usr/lib/systemd/system/$postern_unit" ] ||
      ln -s "/usr/lib/systemd/system/$postern_unit" "$1/etc/systemd/system/sysinit.target.wants/$postern_unit" || return
  done
  if [ -z "$(find "$1/etc/systemd/network" -name '*.network' 2>/dev/null)" ] && ! postern_addressed; then
    echo "postern: warning: no .network file in $2, nor ip= on the kernel's command line: without, there is no address" >&2
  fi
}

# postern_network_folder FROM TO NAMED ENDING...
# Copies files with the endings, and their drop-ins, into the tree. A link that hides a file of the system's stays one.
postern_network_folder() {
  postern_from=$1
  postern_to=$2
  postern_named=$3
  shift 3
  for postern_ending; do
    for postern_file in "$postern_from"/*"$postern_ending" "$postern_from"/*"$postern_ending".d/*.conf; do
      [ -e "$postern_file" ] || continue
      postern_name=$postern_to${postern_file#"$postern_from"}
      mkdir -p "$postern_tree${postern_name%/*}" || return
      if [ "$(readlink -f "$postern_file")" = /dev/null ]; then
        ln -s /dev/null "$postern_tree$postern_name" || return
      elif [ -f "$postern_file" ]; then
        postern_network_file || return
      fi
    done
  done
}

# Copies $postern_file (`command`: dracut has a function of that name). Builders keep the modes of files, but not whose they are: systemd-tmpfiles lets networkd read them.
postern_network_file() {
  postern_mode=644
  if postern_secret "$postern_file"; then
    postern_owner=${postern_name#"$postern_to"/}
    postern_owner=${postern_owner%%.d/*}
    case $postern_named in
    *" $postern_owner "*) ;;
    *)
      echo "postern: warning: $postern_file is left out for the secret in it, as $postern_owner is not named" >&2
      return 0
      ;;
    esac
    postern_mode=600
    echo "z $postern_name 0640 root systemd-network" >>"$postern_tree/usr/lib/tmpfiles.d/postern-network.conf"
  fi
  command install -m "$postern_mode" "$postern_file" "$postern_tree$postern_name"
}

# postern_kinds TREE
# Prints the modules for the interfaces that the .netdev files in TREE make.
postern_kinds() {
  cat "$1"/etc/systemd/network/*.netdev 2>/dev/null | sed -n 's/^[[:space:]]*Kind[[:space:]]*=[[:space:]]*\([[:alnum:]_-]*\).*/\1/p' |
    sed 's/^vlan$/8021q/; s/^bond$/bonding/; s/^tap$/tun/'
}

# postern_network_accounts IMAGE
# Adds networkd's user and group to the image in the folder IMAGE.
postern_network_accounts() {
  for postern_file in passwd group; do
    grep -qs '^systemd-network:' "$1/etc/$postern_file" ||
      getent "$postern_file" systemd-network >>"$1/etc/$postern_file" || return
  done
}

# The rules of udev that names of interfaces, and what networkd has to know of them, come from.
# shellcheck disable=SC2034 # for the hooks
postern_network_rules="75-net-description.rules 80-net-setup-link.rules 81-net-bridge.rules 82-net-auto-link-local.rules"
