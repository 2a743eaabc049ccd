"""Files of all types of pixels, and at which of 256 levels astropy draws each pixel. `levels.py FOLDER`: writes NAME.fits and, for each
stretch, NAME.STRETCH.levels (int16, row by row, -1 for no value); prints JSON: of each file its shape, plane and limits."""
import json
import sys
import warnings

import numpy as np
from astropy.io import fits
from astropy.visualization import AsinhStretch, ImageNormalize, LinearStretch, LogStretch, SqrtStretch

warnings.simplefilter("ignore")
folder = sys.argv[1]
height, width = 97, 141
stretches = {"linear": LinearStretch(), "sqrt": SqrtStretch(), "log": LogStretch(1000), "asinh": AsinhStretch(0.1)}

y, x = np.mgrid[:height, :width]
# No two rows and columns are alike, and each quarter has a brightness of its own: 0 to 1.
shade = (x / width + 2 * y / height + ((x * 7919 + y * 104729) % 997) / 997) / 4


def compressed(data, tile):
    options = dict(compression_type="RICE_1")
    try:
        return fits.CompImageHDU(data, tile_shape=tile, **options)
    except TypeError:
        return fits.CompImageHDU(data, tile_size=tile[::-1], **options)


def scaled(data):
    hdu = fits.PrimaryHDU(data)
    hdu.header["BSCALE"], hdu.header["BZERO"], hdu.header["BLANK"] = 0.25, -50.0, int(data[3, 4])
    return hdu


holes = shade.astype("f4")
holes[5, 7], holes[6, 7], holes[90:, :3] = np.nan, np.inf, np.nan
cube = np.stack([shade[::-1], shade, shade[:, ::-1]]).astype("f4")
files = {
    "int16": fits.PrimaryHDU((shade * 60000 - 30000).astype("i2")),
    "uint16": fits.PrimaryHDU((shade * 65535).astype("u2")),
    "uint8": fits.PrimaryHDU((shade * 255).astype("u1")),
    "int32": fits.PrimaryHDU((shade * 5000 + 2**30).astype("i4")),
    "int64": fits.PrimaryHDU((shade * 5000 + 2**44).astype("i8")),
    "float32": fits.PrimaryHDU(holes),
    "float64": fits.PrimaryHDU(shade * 1e-7 + 1),
    "huge": fits.PrimaryHDU(shade * 3e46),
    "tiny": fits.PrimaryHDU(shade * 3e-60),
    "scaled": scaled((shade * 20000).astype("i2")),
    "rows": compressed((shade * 5000).astype("i2"), (1, width)),
    "tiles": compressed((shade * 5000 + 2**24).astype("i4"), (32, 50)),
    "cube": fits.PrimaryHDU(cube),
}

found = []
for name, hdu in files.items():
    path = f"{folder}/{name}.fits"
    hdus = [hdu] if isinstance(hdu, fits.PrimaryHDU) else [fits.PrimaryHDU(), hdu]
    fits.HDUList(hdus).writeto(path, overwrite=True)
    with fits.open(path) as opened:
        data = opened[len(hdus) - 1].data
        plane = [1] if data.ndim == 3 else []
        values = np.asarray(data[tuple(plane)], "f8")
    finite = values[np.isfinite(values)]
    low, high = float(np.quantile(finite, 0.02)), float(np.quantile(finite, 0.97))
    for stretch, curve in stretches.items():
        bright = ImageNormalize(vmin=low, vmax=high, stretch=curve, clip=True)(np.where(np.isnan(values), low, values))
        levels = np.minimum(255, np.floor(np.asarray(bright) * 256)).astype("i2")
        levels[np.isnan(values)] = -1
        levels.tofile(f"{folder}/{name}.{stretch}.levels")
    found.append(dict(name=name, plane=plane, shape=list(values.shape), vmin=low, vmax=high))
print(json.dumps(found))
