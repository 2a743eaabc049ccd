"""The tasks of local-tasks.ts with numpy: local_numpy.py image|stats FILE OFFSET ROWS COLUMNS"""
import sys

import numpy as np

from task import peak_memory, tell, timed

task, path = sys.argv[1:3]
offset, rows, columns = map(int, sys.argv[3:6])


def image():
    data = np.fromfile(path, ">f4", rows * columns, offset=offset)
    return data.byteswap().view("<f4").reshape(rows, columns)


def stats():
    data = np.memmap(path, ">f4", "r", offset, (rows, columns))
    return np.nanmin(data), np.nanmax(data), np.nanmean(data, dtype="f8"), np.nanstd(data, dtype="f8")


seconds, memory, checksum = [], 0, 0
for i in range(3 if task == "image" else 1):
    spent, result = timed(image if task == "image" else stats)
    seconds.append(spent)
    if i == 0:
        memory = peak_memory()
        checksum = np.nansum(result, dtype="f8") if task == "image" else result[2]
tell(seconds, checksum, maxRss=memory)
