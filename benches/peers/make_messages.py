"""Writes 20KB.eml and 10MB.eml, signed with key.pem, the same unsigned, and key.txt, the key record."""
import base64
import random
import subprocess
import sys

import dkim

folder = sys.argv[1]
random.seed(6376)
key = open(f"{folder}/key.pem", "rb").read()
public = subprocess.check_output(
    ["openssl", "rsa", "-in", f"{folder}/key.pem", "-pubout", "-outform", "DER"],
    stderr=subprocess.DEVNULL,
)
record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
open(f"{folder}/key.txt", "wb").write(record)
strings = [record[at : at + 200].decode() for at in range(0, len(record), 200)]
quoted = " ".join(f'"{string}"' for string in strings)
open(f"{folder}/keys.zone", "w").write(f"s._domainkey.example.com. 60 TXT ( {quoted} )\n")

header = (
    b"From: Joe SixPack <joe@example.com>\r\nTo: Suzie Q <suzie@example.net>\r\n"
    b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700\r\n"
    b"Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
)
words = [b"we", b"lost", b"the", b"game", b"are", b"you", b"hungry", b"yet", b"dinner"]


def body(octets):
    lines = []
    size = 0
    while size < octets:
        line = b" ".join(random.choices(words, k=12)) + b"\r\n"
        lines.append(line)
        size += len(line)
    return b"".join(lines)


for name, octets in [("20KB", 20_000), ("10MB", 10_000_000)]:
    message = header + b"\r\n" + body(octets)
    signature = dkim.sign(
        message, b"s", b"example.com", key, canonicalize=(b"relaxed", b"relaxed")
    )
    open(f"{folder}/{name}.eml", "wb").write(signature + message)
    open(f"{folder}/{name}.unsigned.eml", "wb").write(message)
