"""The tasks of remote-tasks.ts with astropy and fsspec: remote_astropy.py TASK URL SETTING

SETTING is `default`, or CACHE_TYPE:BLOCK_SIZE as fsspec has them, as in `bytes:200000`. Prints one line of JSON.
"""
import sys, warnings

warnings.simplefilter("ignore")
import numpy as np
import fsspec.implementations.http  # noqa: F401  (its loading is not what is measured)
from astropy.io import fits

from task import places, tell, timed

task, url, setting = sys.argv[1:4]


def perform(hdul):
    if task == "hdus":
        return len(hdul)
    if task == "header":
        return len(hdul[4].header.cards)
    if task == "cutout":
        return total([hdul[1].section[1600:1720, 2000:2120]])
    if task in ("small", "medium"):
        n = 40 if task == "small" else 200
        return total([hdul[1].section[y : y + n, x : x + n] for y, x in places(4421, 4223, n)])
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


def work():
    with fits.open(url, use_fsspec=True, fsspec_kwargs=kwargs) as hdul:
        return perform(hdul)


tell(*timed(work))
