#!/usr/bin/python3
"""The counterpart of local.ts: the same file read by numpy's fromfile + byteswap.

    local_numpy.py image FILE OFFSET ROWS COLUMNS [REPEATS]

Prints one line of JSON: seconds of every repeat, and maxRss in bytes.
"""
import json
import resource
import sys
import time

import numpy as np

task, path, offset, rows, columns = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
repeats = int(sys.argv[6]) if len(sys.argv) > 6 else 9
seconds = []
for _ in range(repeats):
    start = time.perf_counter()
    data = np.fromfile(path, ">f4", rows * columns, offset=offset)
    if task == "image":
        native = data.byteswap().view("<f4").reshape(rows, columns)
    seconds.append(time.perf_counter() - start)
print(json.dumps({"task": task, "seconds": seconds, "maxRss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
