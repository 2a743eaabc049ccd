"""Reads images through references by zarr and xarray, and holds them against astropy.

Input: a JSON list of {"references", "file", "options"}, options being those of fsspec's reference file system. Output: a JSON
list of {"file", "hdu", "dtype", "stored", "decoded"}: whether the stored values are those of the file, and whether xarray
makes the same values of them as the FITS Standard does.
"""

import json
import sys
import warnings

import fits_codecs  # noqa: F401
import fitsio
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


def records(got, hdu):
    """Whether the rows are those in the file, and the columns of fixed length lie in them where TFORMn says.

    Other columns have nameless bytes.
    """
    header, place = hdu.header, hdu.fileinfo()
    place["file"].seek(place["datLoc"])
    rows = place["file"].read(header["NAXIS1"] * header["NAXIS2"])
    places, at = [], 0
    for format in (column.format for column in hdu.columns):
        width = numpy.dtype(format.recformat).itemsize if format.format not in "PQ" else 0
        if width > 0:
            places.append((at, width))
        at += width or {"P": 8, "Q": 16}.get(format.format, 0) * format.repeat
    fields = [(name, got.dtype.fields[name]) for name in got.dtype.names]
    named = [(field[1], field[0].itemsize) for name, field in fields if not name.startswith("bytes_")]
    return {"dtype": str(got.dtype), "stored": got.tobytes() == rows, "decoded": named == places}


def judge(job):
    options = {"fo": job["references"], **job["options"]}
    root = zarr.open_group(fsspec.filesystem("reference", **options).get_mapper(""), mode="r")
    with fits.open(job["file"], do_not_scale_image_data=True) as hdus:
        for name, group in root.groups():
            if "data" not in group:
                continue
            index = group.attrs["hdu"]
            if group["data"].dtype.names:
                yield {"file": job["file"], "hdu": index, **records(group["data"][...], hdus[index])}
                continue
            header = hdus[index].header
            try:
                stored = hdus[index].data
                expected = physical(stored, header)
            except RuntimeError:
                # PLIO holds unsigned values in place of stored ones, which astropy 5 cannot read; cfitsio gives them scaled.
                stored = expected = fitsio.read(job["file"], ext=index)
            dataset = xarray.open_dataset(
                "reference://", engine="zarr", group=name, chunks={}, backend_kwargs={"storage_options": options}
            )
            got = group["data"][...]
            yield {
                "file": job["file"],
                "hdu": index,
                "dtype": group["data"].dtype.str,
                "stored": same(got, stored.astype("f8") if got.dtype == "f8" else stored)
                or same(got, expected),
                "decoded": same(dataset["data"].values, expected),
            }


print(json.dumps([verdict for job in json.load(sys.stdin) for verdict in judge(job)]))
