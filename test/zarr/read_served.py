"""Reads every array that is served with zarr-python (and one with xarray), and compares it with astropy.

Usage: read_served.py URL ROOT PATH...
"""

import os
import re
import sys
import warnings

import dask.array
import numpy as np
import xarray
import zarr
from astropy.io import fits
from astropy.wcs import WCS

url, root, *paths = sys.argv[1:]
warnings.simplefilter("ignore")


def expected(hdu, name):
    """What astropy reads; None where it reads no numbers."""
    if hdu.is_image or isinstance(hdu, fits.CompImageHDU):
        return hdu.data
    if hdu.header.get("ZTABLE"):
        return None  # shown as the table of its tiles
    names = [c for c in hdu.columns.names if re.sub("[^A-Za-z0-9_.-]", "_", c.strip()) == name]
    try:
        return np.asarray(hdu.data[names[0]])
    except Exception:  # astropy refuses some columns of odd files
        return None


def same(got, want):
    if want.dtype.kind not in "fciub" or got.size != want.size:
        return False
    want = want.reshape(got.shape)
    if got.dtype == np.float64 and want.dtype == np.float32:
        # astropy scales small integers in single precision
        return np.allclose(got, want, rtol=2e-7, equal_nan=True)
    return np.array_equal(got, want.astype(got.dtype), equal_nan=got.dtype.kind in "fc")


count = 0
for path in paths:
    with fits.open(os.path.join(root, path)) as hdus:
        for name, group in zarr.open_consolidated(url + path, mode="r").groups():
            hdu = hdus[group.attrs["hdu"]]
            for array_name, array in group.arrays():
                want = expected(hdu, array_name)
                if want is None:
                    continue
                if not same(array[...], np.asarray(want)):
                    print(f"{path}: {name}/{array_name} differs")
                count += 1

with fits.open(os.path.join(root, "a.fits")) as hdus:
    data = xarray.open_dataset(url + "a.fits", group="SCI", engine="zarr", chunks={})
    assert np.array_equal(data["data"][5:290, 7:330].values, hdus["SCI"].data[5:290, 7:330])
    assert data["data"].dims == ("y", "x")
    # What napari is given: a whole plane, and a coarse one for the thumbnail.
    lazy = dask.array.from_zarr(url + "a.fits/SCI/data")
    assert np.array_equal(np.asarray(lazy), hdus["SCI"].data)
    assert np.array_equal(np.asarray(lazy[::7, ::5]), hdus["SCI"].data[::7, ::5])
    mine, theirs = WCS(dict(data["data"].attrs)), WCS(hdus["SCI"].header)
    assert np.array_equal(mine.wcs_pix2world([[10, 20]], 0), theirs.wcs_pix2world([[10, 20]], 0))
    cards = data.attrs["fits_header"]
    assert fits.Header.fromstring("\n".join(cards), sep="\n").tostring() == hdus["SCI"].header.tostring()
    catalog = xarray.open_dataset(url + "a.fits", group="CATALOG", engine="zarr")
    assert np.array_equal(catalog["id"].values, hdus["CATALOG"].data["id"])

print(count, "arrays equal")
