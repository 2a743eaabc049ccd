"""Reads images through references by zarr and xarray, and holds them against astropy.

Input: a JSON list of {"references", "file", "options"}, options being those of fsspec's reference file system. Output: a JSON
list of {"file", "hdu", "dtype", "stored", "decoded"}: whether the stored values are those of the file, and whether xarray
makes the same values of them as the FITS Standard does.
"""

import json
import sys
import warnings

import fits_codecs  # noqa: F401
import fsspec
import numpy
import xarray
import zarr
from astropy.io import fits

warnings.simplefilter("ignore")


def physical(stored, header):
    """Values of stored integers and floats, in double precision where they are scaled (4.4.2.5)."""
    scale, zero, blank = (header.get(name, usual) for name, usual in (("BSCALE", 1), ("BZERO", 0), ("BLANK", None)))
    blank = header.get("ZBLANK", blank)
    kinds = {("i", 2, 32768): "u2", ("i", 4, 2147483648): "u4", ("u", 1, -128): "i1"}
    unsigned = kinds.get((stored.dtype.kind, stored.dtype.itemsize, zero))
    if unsigned and scale == 1 and blank is None:
        return (stored.astype("i8") + int(zero)).astype(unsigned)
    if stored.dtype.kind == "f" or blank is None:
        return stored if scale == 1 and zero == 0 else stored.astype("f8") * scale + zero
    return numpy.where(stored == blank, numpy.nan, stored.astype("f8") * scale + zero)


def same(one, other):
    return one.shape == other.shape and numpy.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def judge(job):
    options = {"fo": job["references"], **job["options"]}
    root = zarr.open_group(fsspec.filesystem("reference", **options).get_mapper(""), mode="r")
    with fits.open(job["file"], do_not_scale_image_data=True) as hdus:
        for name, group in root.groups():
            if "data" not in group:
                continue
            index = group.attrs["hdu"]
            stored, header = hdus[index].data, hdus[index].header
            dataset = xarray.open_dataset(
                "reference://", engine="zarr", group=name, chunks={}, backend_kwargs={"storage_options": options}
            )
            got, expected = group["data"][...], physical(stored, header)
            yield {
                "file": job["file"],
                "hdu": index,
                "dtype": group["data"].dtype.str,
                "stored": same(got, stored.astype("f8") if got.dtype == "f8" else stored)
                or same(got, expected),
                "decoded": same(dataset["data"].values, expected),
            }


print(json.dumps([verdict for job in json.load(sys.stdin) for verdict in judge(job)]))
