"""Measures a program with psutil, and writes what it sees in the ways that people's own scripts do:
`record.py FORM SECONDS INTERVAL PID...`, where FORM is sheet (semicolons, decimal commas), csv (several processes, a row
each), docker (the table that docker stats prints) or log (JSON as python-json-logger writes it)."""

import datetime
import json
import sys
import time

import psutil

form, seconds, interval = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
processes = [psutil.Process(int(pid)) for pid in sys.argv[4:]]
MIB = 1024 * 1024
if form == "sheet":
    print("Zeit (s);RSS (MB);Threads;Dateien".replace("Dateien", "num_fds"))
if form == "csv":
    print("timestamp,pid,cmd,rss,vms,uss,num_fds,num_threads,cpu_percent")
begun = time.monotonic()
while time.monotonic() - begun < seconds:
    at = time.monotonic() - begun
    now = datetime.datetime.now()
    if form == "docker":
        print("CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O       BLOCK I/O   PIDS")
    for process in processes:
        memory = process.memory_full_info()
        kind = process.cmdline()[2]
        if form == "sheet":
            row = [f"{at:.2f}", f"{memory.rss / MIB:.3f}", str(process.num_threads()), str(process.num_fds())]
            print(";".join(row).replace(".", ","))
        elif form == "csv":
            print(f"{time.time():.3f},{process.pid},{kind},{memory.rss},{memory.vms},{memory.uss},"
                  f"{process.num_fds()},{process.num_threads()},{process.cpu_percent()}")
        elif form == "docker":
            share = 100 * memory.uss / (2048 * MIB)
            print(f"{process.pid:012x}   {kind:<9} {process.cpu_percent():.2f}%     {memory.uss / MIB:.2f}MiB / 2GiB      "
                  f"{share:.2f}%     1.2kB / 0B    0B / 0B     {process.num_threads()}")
        else:
            print(json.dumps({"asctime": now.strftime("%Y-%m-%d %H:%M:%S,") + f"{now.microsecond // 1000:03d}",
                              "levelname": "INFO", "name": "service", "message": "memory",
                              "memory": {"rss": memory.rss, "vms": memory.vms}, "num_fds": process.num_fds()}))
            if int(at / interval) % 10 == 0:
                print(json.dumps({"asctime": now.strftime("%Y-%m-%d %H:%M:%S,000"), "levelname": "INFO",
                                  "name": "service", "message": "handled a request"}))
    sys.stdout.flush()
    time.sleep(interval)
