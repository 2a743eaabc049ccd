"""The tasks of tables-tasks.ts with astropy: tables_astropy.py column|head|where|all FILE|URL SETTING

SETTING is CACHE_TYPE:BLOCK_SIZE as fsspec has them, or `default`; "" for a local file. `all` reads every column.
"""
import sys, warnings

warnings.simplefilter("ignore")
import numpy as np
from astropy.io import fits

from task import peak_memory, tell, timed

task, path, setting = sys.argv[1:4]


def native(column):
    return np.array(column, column.dtype.newbyteorder("="))


def perform(data):
    if task == "column":
        return [native(data["RA"])]
    if task == "head":
        return [native(data[name][:1000]) for name in ("RA", "DEC", "MAG_g")]
    if task == "where":
        kept = data["CLASS"] == 7
        # Without the spectra of these rows, which fitslice reads too: data[kept]["SPECTRUM"] is empty in astropy 5.2.1,
        # and data["SPECTRUM"][kept] makes two million arrays first.
        return [native(data[name][kept]) for name in ("RA", "MAG_g")]
    return [native(data[name]) for name in data.names]


def options():
    if not setting:
        return {}
    import fsspec.implementations.http  # noqa: F401  (its loading is not what is measured)

    if setting == "default":
        return {"use_fsspec": True}
    cache_type, block_size = setting.split(":")
    return {"use_fsspec": True, "fsspec_kwargs": {"cache_type": cache_type, "block_size": int(block_size)}}


def work():
    with fits.open(path, **how) as hdul:
        return perform(hdul[1].data)


how = options()
seconds, arrays = timed(work)
memory = peak_memory()
checksum = 0 if task == "all" else sum(np.nansum(array, dtype="f8") for array in arrays)
tell(seconds, checksum, maxRss=memory)
