"""Compares cutouts with their parents: JSON lines {parent, cutout, grid} on stdin; prints one JSON list."""
import json
import sys
import warnings

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

warnings.simplefilter("ignore")


opened = {}


def mended(path):
    if path not in opened:
        opened[path] = opened_anew(path)
    return opened[path]


def opened_anew(path):
    """astropy before 6.1 takes 1/CDELT for 1 in the index of a lookup table."""
    hdus = fits.open(path)
    for hdu in hdus:
        if hdu.name in ("WCSDVARR", "D2IMARR"):
            for axis in "12":
                h = hdu.header
                h["CRPIX" + axis] += 1 / h["CDELT" + axis] - 1
    return hdus


def sci(hdus):
    return next(h for h in hdus if h.data is not None and h.is_image and h.name not in ("WCSDVARR", "D2IMARR"))


results = []
for line in sys.stdin:
    job = json.loads(line)
    start, count, step = (np.array(job["grid"][k]) for k in ("start", "count", "step"))
    parents, cuts = mended(job["parent"]), mended(job["cutout"])
    parent = parents[job["hdu"]] if job.get("hdu") else sci(parents)
    cut = cuts[job["hdu"]] if job.get("hdu") else sci(cuts)
    slices = [s + k * np.arange(n) for s, n, k in zip(start, count, step)]
    inside = [(i >= 0) & (i < n) for i, n in zip(slices, parent.data.shape)]
    expected = parent.data[np.ix_(*[i[m] for i, m in zip(slices, inside)])]
    got = cut.data[np.ix_(*inside)]
    outside = cut.data.copy().astype("f8")
    outside[np.ix_(*inside)] = np.nan
    rest = outside[~np.isnan(outside)]
    worst = {}
    alternates = [k[-1] if len(k) == 7 else " " for k in parent.header if k.startswith("CTYPE1")]
    for key in alternates:
        a, b = WCS(parent.header, parents, key=key), WCS(cut.header, cuts, key=key)
        rng = np.random.default_rng(7)
        local = np.array([rng.uniform(-0.5, n - 0.5, 50) for n in count[::-1]])  # x first
        theirs = start[::-1][:, None] + step[::-1][:, None] * local
        pa, pb = np.array(a.all_pix2world(*theirs, 0)), np.array(b.all_pix2world(*local, 0))
        # Beyond the ends of a -TAB axis both have none.
        difference = np.where(np.isnan(pa) & np.isnan(pb), 0, np.nan_to_num(np.abs(pa - pb), nan=1e9))
        worst[key] = float(np.max(difference[:2] if key != "P" else difference))
        if len(pa) > 2:
            worst[key + "3"] = float(np.max(difference[2:]))
    results.append({
        "same": bool(got.shape == expected.shape and np.array_equal(got, expected, equal_nan=got.dtype.kind == "f")),
        "dtype": parent.data.dtype.newbyteorder("=") == cut.data.dtype.newbyteorder("="), "fill": sorted(set(rest.tolist())), "worst": worst,
        "checksum": "CHECKSUM" in cut.header,
    })
print(json.dumps(results))
