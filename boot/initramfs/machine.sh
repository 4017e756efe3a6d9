# What the hooks of all image builders ask of the machine that they run on; sourced by them, plain sh.

# postern_drivers KERNEL
# Prints the names of the modules that the kernel of version KERNEL has for this machine's network interfaces and TPM, and for
# all between them and the processor; says on standard error which of them it has none for. Names of drivers that are built in
# may be among them.
postern_drivers() {
  for postern_device in /sys/class/net/*/device /sys/class/tpm/*/device; do
    [ -e "$postern_device" ] || continue
    postern_name=${postern_device%/device}
    if [ -r "$postern_device/modalias" ] && [ -z "$(postern_modules "$1" "$postern_device")" ]; then
      echo "postern: warning: kernel $1 has no driver for ${postern_name##*/}" >&2
    fi
    postern_device=$(readlink -f "$postern_device")
    while [ -n "$postern_device" ] && [ "$postern_device" != /sys/devices ]; do
      postern_modules "$1" "$postern_device"
      postern_device=${postern_device%/*}
    done
  done
  # Interfaces that are made of others.
  for postern_device in /sys/class/net/*/uevent; do
    [ -r "$postern_device" ] || continue
    case $(sed -n 's/^DEVTYPE=//p' "$postern_device") in
    vlan) echo 8021q ;;
    bond) echo bonding ;;
    bridge) echo bridge ;;
    esac
  done
}

# postern_modules KERNEL DEVICE
# Prints the modules that a device asks for by itself.
postern_modules() {
  [ ! -r "$2/modalias" ] || modprobe -q -R -S "$1" -- "$(cat "$2/modalias")" 2>/dev/null || :
}

# postern_command_lines
# Prints the names of the files that say what the kernel's command line will be, as far as that is known.
postern_command_lines() {
  for postern_file in /etc/kernel/cmdline /usr/lib/kernel/cmdline /etc/cmdline.d/*.conf /proc/cmdline; do
    [ ! -r "$postern_file" ] || echo "$postern_file"
  done
}

# postern_addressed FILE...
# Succeeds if ip= is on the kernel's command line, or in one of the files.
postern_addressed() {
  # shellcheck disable=SC2046 # none of the names has a space
  grep -Eqs '(^|[[:space:]])ip=' $(postern_command_lines) "$@"
}
