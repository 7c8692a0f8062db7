"""The command over an mbox of copies; as many as take about the time given."""
import subprocess
import sys
import time

program, folder, size, seconds = sys.argv[1:5]
message = open(f"{folder}/{size}.eml", "rb").read().replace(b"\r\n", b"\n")
one = b"From joe@example.com Fri Jul 11 21:00:37 2003\n" + message + b"\n"


def run(copies):
    path = f"{folder}/{size}.mbox"
    with open(path, "wb") as mbox:
        for _ in range(copies):
            mbox.write(one)
    start = time.monotonic()
    reports = subprocess.check_output(
        [program, "verify", "--json", "-j", "1", "--zone", f"{folder}/keys.zone", path]
    )
    took = time.monotonic() - start
    assert reports.count(b'"result":"pass","authors"') == copies, "a message does not pass"
    return took


copies = 10
while True:
    took = run(copies)
    if took > float(seconds) / 4 or copies >= 40_000:
        break
    copies *= 4
print(f"{'waxseal, the command over an mbox':34} {copies / took:10.0f}")
