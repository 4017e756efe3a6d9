"""Sessions of asyncssh with a server, for asyncssh.test.ts.

usage: asyncssh-client.py PORT USER KNOWN_HOSTS KEY CASE ...

Prints one JSON object with what each case found, or its error.
"""

import asyncio
import hashlib
import json
import os
import sys

import asyncssh

SESSIONS = 8
MEBIBYTE = 1 << 20
PATIENCE = 20  # seconds for a case


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def outcome(process):
    signal = process.exit_signal
    return {
        "status": None if signal else process.exit_status,
        "signal": signal[0] if signal else None,
        "stdout": process.stdout,
        "stderr": process.stderr,
    }


async def command(connection):
    return outcome(await connection.run("cat; echo errors >&2; exit 3", input="input\n"))


async def environment(connection):
    return outcome(await connection.run("echo $LC_TIME $HOMEPAGE", env={"LC_TIME": "fo_FO", "HOMEPAGE": "x"}))


async def sessions(connection):
    async def one(number):
        data = os.urandom(MEBIBYTE)
        process = await connection.run(f"cat; exit {number}", input=data, encoding=None)
        return process.exit_status if process.stdout == data else "other data"

    return await asyncio.gather(*(one(number) for number in range(SESSIONS)))


async def too_many(connection):
    """Opens sessions until one is refused, then ends one, and opens another."""
    running = []
    try:
        while True:
            running.append(await connection.create_process("cat"))
    except asyncssh.ChannelOpenError as error:
        refusal = error.reason
    count = len(running)
    running[0].stdin.write_eof()
    await running[0].wait_closed()
    again = await connection.run("echo again")
    for process in running[1:]:
        process.stdin.write_eof()
        await process.wait_closed()
    return {"count": count, "refusal": refusal, "again": again.stdout}


async def sftp(connection):
    data = os.urandom(3 * MEBIBYTE)
    async with connection.start_sftp_client() as client:
        await client.mkdir("box")
        async with client.open("box/file", "wb") as file:
            await file.write(data)
        await client.rename("box/file", "box/renamed")
        names = sorted(name for name in await client.listdir("box") if not name.startswith("."))
        size = (await client.stat("box/renamed")).size
        async with client.open("box/renamed", "rb") as file:
            same = await file.read() == data
        await client.rmtree("box")
        return {"names": names, "size": size, "same": same, "gone": not await client.exists("box")}


async def terminal(connection):
    """Its name, size and modes as stty sees them, and its size after a change."""
    modes = {
        asyncssh.PTY_ECHO: 0,
        asyncssh.PTY_IXON: 0,
        asyncssh.PTY_VINTR: 24,  # ^X
        asyncssh.PTY_VERASE: 8,  # ^H
        asyncssh.PTY_ICRNL: 1,
        asyncssh.PTY_OPOST: 0,
        asyncssh.PTY_OP_OSPEED: 9600,
    }
    process = await connection.create_process(
        "echo $TERM; stty size; stty -a; echo ready; read line; stty size; exit 4",
        term_type="vt102",
        term_size=(91, 37),
        term_modes=modes,
    )
    before = await process.stdout.readuntil("ready\n")
    process.change_terminal_size(92, 38)
    process.stdin.write("\n")
    after = await process.stdout.read()
    await process.wait_closed()
    return {"before": before, "after": after, "status": process.exit_status}


async def signals(connection):
    trap = "exec 2>/dev/null; trap 'echo got it; exit 5' USR1; echo ready; while :; do sleep 0.05; done"
    process = await connection.create_process(trap)
    await process.stdout.readuntil("ready\n")
    process.send_signal("USR1")
    trapped = outcome(await process.wait())

    process = await connection.create_process("echo ready; exec sleep 985")
    await process.stdout.readuntil("ready\n")
    process.terminate()
    terminated = outcome(await process.wait())

    killed = outcome(await connection.run("kill -KILL $$"))
    return [trapped, terminated, killed]


async def tunnels(connection):
    """Each is refused; a command runs all the same."""
    refusals = []
    try:
        await connection.open_connection("127.0.0.1", 1)
    except asyncssh.ChannelOpenError as error:
        refusals.append(error.reason)
    try:
        await connection.open_unix_connection("/nowhere")
    except asyncssh.ChannelOpenError as error:
        refusals.append(error.reason)
    try:
        await connection.forward_remote_port("", 0, "127.0.0.1", 1)
    except asyncssh.ChannelListenError:
        refusals.append("no listener")
    return {"refusals": refusals, "after": (await connection.run("echo after")).stdout}


async def rekey(connection):
    """Data both ways on three sessions while keys change every mebibyte."""
    data = os.urandom(12 * MEBIBYTE)

    async def there():
        process = await connection.run("sha256sum", input=data, encoding=None)
        return process.stdout[:64].decode() == sha256(data)

    async def back():
        process = await connection.run("head -c 12582912 /dev/zero", encoding=None)
        return process.stdout == bytes(len(data))

    async def both():
        process = await connection.run("cat", input=data, encoding=None)
        return process.stdout == data

    return await asyncio.gather(there(), back(), both())


CASES = [command, environment, sessions, too_many, sftp, terminal, signals, tunnels, rekey]


async def found(case, port, user, known_hosts, key):
    options = {"rekey_bytes": MEBIBYTE} if case is rekey else {}
    try:
        async with asyncssh.connect(
            "127.0.0.1",
            int(port),
            username=user,
            known_hosts=known_hosts,
            client_keys=[key],
            agent_path=None,
            config=None,
            **options,
        ) as connection:
            return await asyncio.wait_for(case(connection), PATIENCE)
    except (asyncssh.Error, OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
        return {"error": repr(error)}


async def main(port, user, known_hosts, key, *names):
    cases = [case for case in CASES if case.__name__ in names]
    print(json.dumps({case.__name__: await found(case, port, user, known_hosts, key) for case in cases}))


asyncio.run(main(*sys.argv[1:]))
