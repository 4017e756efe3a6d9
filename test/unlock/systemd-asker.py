"""
Asks for a disk's passphrase as systemd-cryptsetup does, with its words first: attach NAME DEVICE KEY-FILE OPTIONS, then
the folder that stands for /, and settings as JSON: "right" (the passphrase), "tries", "wait" (seconds that a try takes),
"cached" (the first answer is the one that another asker gets, which systemd keeps), and "message", "id" and "notAfter" in
place of the usual ones.

Says on standard output, as JSON lines, that it asks, and what it received from whom; ends with 0 once the disk is "open".
"""
import json, os, secrets, socket, struct, sys, time

_, _, name, device, _, options, root, settings = sys.argv
settings = json.loads(settings)
folder = f"{root}/run/systemd/ask-password"
os.makedirs(folder, 0o755, exist_ok=True)


def say(**what):
    print(json.dumps(what), flush=True)


def ask(first):
    token = secrets.token_hex(8)
    cached = first and settings.get("cached", False)
    if not cached:
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        receiver.bind(f"{folder}/sck.{token}")
        os.chmod(f"{folder}/sck.{token}", 0o600)
    message = settings.get("message", f"Please enter passphrase for disk {name}:")
    lines = [
        "[Ask]",
        f"PID={os.getpid()}",
        f"Socket=/run/systemd/ask-password//sck.{token}",
        f"AcceptCached={int(first)}",
        "Echo=0",
        f"NotAfter={settings.get('notAfter', 0)}",
        f"Message={message}",
        f"Id={settings.get('id', 'cryptsetup:' + device)}",
        "Future=1",
    ]
    with open(f"{folder}/tmp.{token}", "w") as file:
        file.write("\n".join(lines) + "\n")
    os.rename(f"{folder}/tmp.{token}", f"{folder}/ask.{token}")
    say(asks=name)
    if cached:
        while not os.path.exists(f"{root}/cache"):
            time.sleep(0.01)
        os.unlink(f"{folder}/ask.{token}")
        return open(f"{root}/cache", "rb").read()
    data, ancillary, flags, _ = receiver.recvmsg(2049, socket.CMSG_SPACE(12))
    pid, uid, gid = struct.unpack("3i", ancillary[0][2])
    os.unlink(f"{folder}/ask.{token}")
    os.unlink(f"{folder}/sck.{token}")
    with open(f"{root}/cache.{token}", "wb") as file:
        file.write(data)
    os.rename(f"{root}/cache.{token}", f"{root}/cache")
    say(data=data.hex(), uid=uid, truncated=bool(flags & socket.MSG_TRUNC))
    return data


for attempt in range(settings.get("tries", 3)):
    answer = ask(attempt == 0)
    time.sleep(settings.get("wait", 0.3))
    if answer == b"+" + settings["right"].encode():
        os.makedirs(f"{root}/dev/mapper", exist_ok=True)
        open(f"{root}/dev/mapper/{name}", "w").close()
        sys.exit(0)
sys.exit(1)
