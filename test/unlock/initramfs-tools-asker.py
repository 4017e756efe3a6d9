"""
Asks for disks' passphrases as Debian's scripts in an initramfs do: one disk after the other, each try by a process of its
own that holds /lib/cryptsetup/passfifo and reads it to its end.

Words: the folder that stands for /, then the disks as JSON: "name", "device", "right" (the passphrase), "tries", and
"header". Says on standard output, as JSON lines, what it read; ends with 0 once all are "open".
"""
import json, os, subprocess, sys, time


def read_fifo(path):
    fifo = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    print("", flush=True)
    data = b""
    while True:
        try:
            piece = os.read(fifo, 4096)
        except BlockingIOError:
            piece = None  # somebody has it open, and has not written yet
        if piece == b"" and data:
            break
        data += piece or b""
        time.sleep(0.02)
    sys.stdout.buffer.write(data)


if sys.argv[1] == "askpass":
    read_fifo(sys.argv[2])
    sys.exit(0)

root, disks = sys.argv[1], json.loads(sys.argv[2])
fifo = f"{root}/lib/cryptsetup/passfifo"
os.makedirs(os.path.dirname(fifo), exist_ok=True)
os.makedirs(f"{root}/dev/mapper", exist_ok=True)
os.mkfifo(fifo, 0o600)
for disk in disks:
    for tried in range(disk.get("tries", 3)):
        entry = {"CRYPTTAB_NAME": disk["name"], "CRYPTTAB_SOURCE": disk["device"], "CRYPTTAB_TRIED": str(tried)}
        if "header" in disk:
            entry["CRYPTTAB_OPTION_header"] = disk["header"]
        asker = subprocess.Popen([sys.executable, __file__, "askpass", fifo], env=entry, stdout=subprocess.PIPE)
        asker.stdout.readline()
        print(json.dumps({"asks": disk["name"]}), flush=True)
        key = asker.communicate()[0]
        print(json.dumps({"data": key.hex()}), flush=True)
        time.sleep(0.3)
        if key == disk["right"].encode():
            open(f"{root}/dev/mapper/{disk['name']}", "w").close()
            break
    else:
        sys.exit(1)
