import sys
import time
from importlib.metadata import version

import dkim

file, key, seconds = sys.argv[1:4]
message = open(file, "rb").read()
pem = open(key, "rb").read()
count = 0
start = time.monotonic()
while (took := time.monotonic() - start) < float(seconds):
    field = dkim.sign(message, b"s", b"example.com", pem, canonicalize=(b"relaxed", b"relaxed"))
    assert field.startswith(b"DKIM-Signature:"), "is not signed"
    count += 1
print(f"{'dkimpy ' + version('dkimpy'):34} {count / took:10.1f}")
