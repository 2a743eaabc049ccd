"""The tasks of remote-tasks.ts with astropy and fsspec: remote_astropy.py TASK URL SETTING

SETTING is `default`, or CACHE_TYPE:BLOCK_SIZE as fsspec has them, as in `bytes:200000`. Prints one line of JSON.
"""
import json, sys, time, warnings

warnings.simplefilter("ignore")
import numpy as np
import fsspec.implementations.http  # noqa: F401  (its loading is not what is measured)
from astropy.io import fits

task, url, setting = sys.argv[1:4]


def places(size):
    state, out = 12345, []

    def random():
        nonlocal state
        state = state * 16807 % 2147483647
        return state / 2147483647

    for _ in range(20):
        y = int(random() * (4421 - size))
        out.append((y, int(random() * (4223 - size))))
    return out


def perform(hdul):
    if task == "hdus":
        return len(hdul)
    if task == "header":
        return len(hdul[4].header.cards)
    if task == "cutout":
        return total([hdul[1].section[1600:1720, 2000:2120]])
    if task in ("small", "medium"):
        n = 40 if task == "small" else 200
        return total([hdul[1].section[y : y + n, x : x + n] for y, x in places(n)])
    s = np.s_
    section = {
        "cube-image": s[1000, 500:600, 300:400, 0],
        "cube-planes": s[500:600, 700:800, 300, 0],
        "cube-rows": s[500:600, 700, 300:400, 0],
        "cube-pixels": s[1000:1010, 700:710, :, 0],
    }[task]
    return total([hdul[0].section[section]])


def total(arrays):
    return round(float(sum(np.sum(a, dtype="f8") for a in arrays)), 3)


kwargs = {}
if setting != "default":
    cache_type, block_size = setting.split(":")
    kwargs = {"cache_type": cache_type, "block_size": int(block_size)}
started = time.perf_counter()
with fits.open(url, use_fsspec=True, fsspec_kwargs=kwargs) as hdul:
    checksum = perform(hdul)
    seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "checksum": checksum}))
