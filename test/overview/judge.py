"""Overviews as astropy sees them. `enlarge IN OUT ...`: the images of files with the same headers and more pixels. `compare IMAGE
OVERVIEW ...`: prints JSON, of each pair the largest difference of positions of blocks' middles (degrees; of other axes relative), and of
means."""
import json
import sys
import warnings

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

warnings.simplefilter("ignore")


def enlarge(source, target):
    hdus = fits.open(source)
    for hdu in hdus:
        if hdu.is_image and hdu.data is not None and hdu.name not in ("WCSDVARR", "D2IMARR"):
            shape = (*hdu.data.shape[:-2], 620, 1037)
            rng = np.random.default_rng(3)
            hdu.data = rng.normal(100, 10, shape).astype(hdu.data.dtype)
    hdus.writeto(target, overwrite=True)


def mended(path):
    """astropy before 6.1 takes 1/CDELT for 1 in the index of a lookup table."""
    hdus = fits.open(path)
    for hdu in hdus:
        if hdu.name in ("WCSDVARR", "D2IMARR"):
            for axis in "12":
                hdu.header["CRPIX" + axis] += 1 / hdu.header["CDELT" + axis] - 1
    return hdus


def compare(image, overview):
    parents, levels = mended(image), mended(overview)
    found = []
    for level in levels:
        if level.name != "OVERVIEW":
            continue
        parent, k = parents[level.header["OVRHDU"]], level.header["OVRFACT"]
        data = parent.data.astype("f8")
        ny, nx = data.shape[-2:]
        means = np.array([[data[..., y:y + k, x:x + k].mean(axis=(-2, -1)) for x in range(0, nx, k)] for y in range(0, ny, k)])
        means = np.moveaxis(means, (0, 1), (-2, -1))
        worst = {}
        keys = [key[-1] if len(key) == 7 else " " for key in parent.header if key.startswith("CTYPE1")]
        for key in keys:
            a, b = WCS(parent.header, parents, key=key), WCS(level.header, levels, key=key)
            rng = np.random.default_rng(7)
            mine = np.array([rng.uniform(-0.5, n - 0.5, 50) for n in level.data.shape[::-1]])
            theirs = mine.copy()
            theirs[:2] = (mine[:2] + 0.5) * k - 0.5
            pa, pb = np.array(a.all_pix2world(*theirs, 0)), np.array(b.all_pix2world(*mine, 0))
            both = np.isnan(pa) & np.isnan(pb)
            assert not both.all()
            worst[key] = float(np.max(np.where(both, 0, np.nan_to_num(np.abs(pa - pb), nan=1e9)) / np.maximum(1, np.abs(pa) / 360)))
        found.append(dict(factor=k, shape=list(level.data.shape), dtype=level.data.dtype.name, worst=worst,
                          keys=len(keys), means=float(np.max(np.abs(means - level.data)))))
    return found


work = dict(enlarge=enlarge, compare=compare)[sys.argv[1]]
print(json.dumps([work(*pair) for pair in zip(sys.argv[2::2], sys.argv[3::2])]))
