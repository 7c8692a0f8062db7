import sys
import time
from importlib.metadata import version

import dkim

file, key, seconds = sys.argv[1:4]
message = open(file, "rb").read()
record = open(key, "rb").read()
count = 0
start = time.monotonic()
while (took := time.monotonic() - start) < float(seconds):
    assert dkim.verify(message, dnsfunc=lambda name, timeout=5: record), "does not pass"
    count += 1
print(f"{'dkimpy ' + version('dkimpy'):34} {count / took:10.1f}")
