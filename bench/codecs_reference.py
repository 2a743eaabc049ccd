"""The tasks of codecs-tasks.ts with fitsio and astropy:

    codecs_reference.py decode FILE
    codecs_reference.py small|medium|gz URL SETTING

SETTING is CACHE_TYPE:BLOCK_SIZE as fsspec has them, or `default`.
"""
import gzip, io, sys, warnings

warnings.simplefilter("ignore")
import numpy as np

from task import peak_memory, places, tell, timed

task, path = sys.argv[1:3]


def decode():
    import fitsio

    seconds, more = [], {}
    with fitsio.FITS(path) as hdus:
        for hdu in (1, 2) * 3:
            spent, data = timed(hdus[hdu].read)
            seconds.append(spent)
            if len(seconds) == 1:
                more = {"maxRss": peak_memory(), "checksum": np.nansum(data, dtype="f8")}
    tell(seconds, **more)


def remote(setting):
    import fsspec.implementations.http  # noqa: F401  (its loading is not what is measured)
    from astropy.io import fits

    kwargs = {}
    if setting != "default":
        cache_type, block_size = setting.split(":")
        kwargs = {"cache_type": cache_type, "block_size": int(block_size)}

    def section(hdu):
        # Compressed images have sections since astropy 5.3.
        return hdu.section if hasattr(hdu, "section") else hdu.data

    def gz():
        # All of it at once: over a GzipFile, each of astropy's seeks backwards inflates (and downloads) from the start.
        with fsspec.open(path, **kwargs) as file:
            content = gzip.decompress(file.read())
        with fits.open(io.BytesIO(content)) as hdus:
            return [section(hdus[0])[2000:2200, 1000:1200]]

    def cutouts():
        n = 40 if task == "small" else 200
        with fits.open(path, use_fsspec=True, fsspec_kwargs=kwargs) as hdus:
            pixels = section(hdus[1])
            return [pixels[y : y + n, x : x + n].copy() for y, x in places(*hdus[1].shape, n)]

    seconds, arrays = timed(gz if task == "gz" else cutouts)
    tell(seconds, sum(np.sum(array, dtype="f8") for array in arrays))


if task == "decode":
    decode()
else:
    remote(sys.argv[3])
