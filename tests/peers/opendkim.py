"""OpenDKIM as a process: signs and verifies what JSON Lines on stdin ask for (see README.md).

It runs as the milter that it is; this script is its MTA. (Its test mode `-t` cuts long fields.)
"""

import base64
import contextlib
import json
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

VERIFIER = "Mode v\nAlwaysAddARHeader yes\nMaximumSignaturesToVerify 100\n"
ALL_ACTIONS = 0x1FF
LEADING_SPACE = 0x100000  # values of fields are passed with the blank after the colon
CHUNK = 65535  # the most body octets in a packet


class Mta:
    """One connection to the milter."""

    def __init__(self, connected):
        self.socket = connected
        self.ask(b"O", struct.pack(">III", 6, ALL_ACTIONS, LEADING_SPACE))
        self.ask(b"C", b"localhost\0" + b"4" + struct.pack(">H", 25) + b"127.0.0.1\0")

    def receive(self, count):
        octets = b""
        while len(octets) < count:
            piece = self.socket.recv(count - len(octets))
            if not piece:
                raise SystemExit("OpenDKIM has hung up")
            octets += piece
        return octets

    def ask(self, command, octets=b""):
        """Sends a packet; answers with all packets up to the one that says how to go on."""
        self.socket.sendall(struct.pack(">I", 1 + len(octets)) + command + octets)
        packets = []
        while not packets or packets[-1][:1] not in b"Oacdrty":
            packets.append(self.receive(struct.unpack(">I", self.receive(4))[0]))
        return packets

    def pass_message(self, message):
        """The fields that the milter adds, as (name, value), or a word about its refusal."""
        head, _, body = message.partition(b"\r\n\r\n")
        steps = [(b"M", b"<a@example.com>\0"), (b"R", b"<b@example.net>\0")]
        for field in re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n")):
            name, _, value = field.partition(b":")
            # as MTAs do: no blanks behind the name, LF for the line ends within the value
            steps.append((b"L", name.rstrip(b" \t") + b"\0" + value.replace(b"\r\n", b"\n") + b"\0"))
        steps.append((b"N", b""))
        steps += [(b"B", body[at : at + CHUNK]) for at in range(0, len(body), CHUNK)]
        for command, octets in steps:
            packets = self.ask(command, octets)
            if packets[-1][:1] != b"c":
                return f"answered {packets[-1]!r} to {command!r} {octets[:60]!r}"
        added = [packet[5:] for packet in self.ask(b"E") if packet[:1] == b"i"]
        return [tuple(field.split(b"\0")[:2]) for field in added]


@contextlib.contextmanager
def milter(folder, *arguments):
    """A connection to an OpenDKIM of its own, which listens on a socket in the folder."""
    path = folder / "socket"
    path.unlink(missing_ok=True)
    command = ["opendkim", "-f", "-p", f"local:{path}", *arguments]
    process = subprocess.Popen(command, cwd=folder)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            while connection.connect_ex(str(path)) != 0:  # whoever started us bounds the time
                if process.poll() is not None:
                    raise SystemExit(f"{command} ended with {process.returncode}")
                time.sleep(0.01)
            yield Mta(connection)
    finally:
        process.kill()  # asked kindly, it takes five seconds
        process.wait()


def verify(mta, folder, request):
    """One result per DKIM-Signature field, top first, out of Authentication-Results, and that."""
    keys = "".join(f"{name} {record}\n" for name, record in request["keys"].items())
    (folder / "keys").write_text(keys)  # read anew for each key
    fields = mta.pass_message(base64.b64decode(request["message"]))
    if isinstance(fields, str):
        return {"refused": fields}
    values = [value.decode() for name, value in fields if name == b"Authentication-Results"]
    found = re.findall(r'\bdkim=(\w+)\s*(?:reason="([^"]*)")?', "".join(values))
    if not found:
        return {"refused": f"added no result: {fields}"}
    results = [{"pass": word == "pass", "why": why} for word, why in found if word != "none"]
    return {"results": results, "authenticationResults": values}


def verify_as(folder, request):
    """The same by a milter with an authserv-id, and perhaps more settings, of its own."""
    name = request["authservId"]
    settings = VERIFIER + f"TestPublicKeys {folder}/keys\nAuthservID {name}\n" + request["settings"]
    (folder / "own").write_text(settings)
    with milter(folder, "-x", "own") as mta:
        return verify(mta, folder, request)


def sign(folder, request):
    """The DKIM-Signature field, CRLF included."""
    (folder / "key").touch(mode=0o600)
    (folder / "key").write_text(request["privateKey"])
    (folder / "signer").write_text(f"Mode s\nRequireSafeKeys no\nSignHeaders {','.join(request['headers'])}\n")
    options = {"-d": "domain", "-s": "selector", "-S": "algorithm", "-c": "canonicalization"}
    arguments = [word for option, name in options.items() for word in (option, request[name])]
    with milter(folder, "-x", "signer", "-k", "key", *arguments) as mta:
        fields = mta.pass_message(base64.b64decode(request["message"]))
    values = [value for name, value in fields if name == b"DKIM-Signature"]
    if isinstance(fields, str) or len(values) != 1:
        return {"refused": f"was not signed: {fields}"}
    field = b"DKIM-Signature:" + values[0].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    return {"field": base64.b64encode(field).decode()}


def main():
    version = subprocess.run(["opendkim", "-V"], capture_output=True, text=True, check=True).stdout
    peer = "OpenDKIM " + re.search(r"v([\d.]+)", version)[1]
    algorithms = re.findall(r"\b(?:rsa|ed25519)-sha256\b", version)
    print(json.dumps({"peer": peer, "algorithms": algorithms}), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        settings = VERIFIER + f"TestPublicKeys {folder}/keys\nAuthservID peer\n"
        (folder / "verifier").write_text(settings)
        with milter(folder, "-x", "verifier") as mta:
            (folder / "signing").mkdir()
            (folder / "named").mkdir()
            for line in sys.stdin:
                request = json.loads(line)
                if "privateKey" in request:
                    answer = sign(folder / "signing", request)
                elif "authservId" in request:
                    answer = verify_as(folder / "named", request)
                else:
                    answer = verify(mta, folder, request)
                print(json.dumps({"id": request["id"], **answer}), flush=True)


main()
