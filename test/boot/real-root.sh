#!/bin/sh
# The first process of the real system in the tests, with busybox: says what the initramfs has left behind, and switches off.
PATH=/bin
for folder in proc sys dev run; do
  grep -q " /$folder " /proc/mounts 2>/dev/null || case $folder in
  proc) mount -t proc proc /proc ;;
  sys) mount -t sysfs sys /sys ;;
  dev) mount -t devtmpfs dev /dev ;;
  run) mount -t tmpfs run /run ;;
  esac
done
exec >/dev/console 2>&1
echo
echo "REAL SYSTEM after $(cut -d ' ' -f 1 /proc/uptime) seconds"
for process in /proc/[0-9]*; do
  words=$(tr '\0' ' ' 2>/dev/null <"$process/cmdline")
  case ${process#/proc/} in
  1 | $$) ;;
  *) [ -z "$words" ] || echo "process: $words" ;;
  esac
done
sed 's/^/key: /' /proc/keys
sed 's/^/mount: /' /proc/mounts
find /run -type f | sed 's/^/file: /'
ip -o address | sed 's/^/address: /'
netstat -ltn | sed -n 's/^tcp/listener: &/p'
ls /dev/mapper | sed 's/^/disk: /'
echo "END"
poweroff -f
