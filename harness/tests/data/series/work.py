"""A program that is measured: `work.py leak SECONDS` keeps 64 KiB every tenth of a second, `work.py flat SECONDS` frees
what it takes, `work.py files SECONDS` opens a file each time and never closes it, `work.py cache SECONDS` fills a cache in
a quarter of its time."""

import sys
import time

kind, seconds = sys.argv[1], float(sys.argv[2])
kept, ends, turn = [], time.monotonic() + seconds, 0
begun = time.monotonic()
if len(sys.argv) > 3:
    import prometheus_client

    prometheus_client.start_http_server(int(sys.argv[3]))
while time.monotonic() < ends:
    block = bytearray(b"x" * 65536)
    if kind == "leak" or kind == "cache" and time.monotonic() - begun < seconds / 4:
        kept.append(block)
    if kind == "files":
        kept.append(open("/dev/null"))
    turn += 1
    time.sleep(0.1)
