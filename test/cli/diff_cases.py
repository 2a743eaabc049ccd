"""Pairs of files for diff.test.ts, and what astropy's fitsdiff says of each. Usage: diff_cases.py FOLDER"""
import json
import os
import sys
import warnings

import numpy as np
from astropy.io import fits

warnings.simplefilter("ignore")
folder = sys.argv[1]


def base():
    image = fits.ImageHDU(np.arange(60, dtype="f4").reshape(6, 10), name="SCI")
    image.header["EXPTIME"] = (2.5, "time")
    image.header["HISTORY"] = "one"
    columns = [
        fits.Column("a", "J", array=np.arange(20)),
        fits.Column("x", "D", array=np.arange(20) / 3),
        fits.Column("s", "6A", array=["s%d" % i for i in range(20)]),
        fits.Column("v", "3E", array=np.ones((20, 3), "f4")),
        fits.Column("p", "PJ()", array=np.array([np.arange(i % 4) for i in range(20)], dtype=object)),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="CAT")
    return fits.HDUList([fits.PrimaryHDU(np.arange(12, dtype="i2")), image, table])


def put(array, key, value):
    array[key] = value


changes = {
    "nothing": lambda h: None,
    "a pixel": lambda h: put(h[1].data, (2, 3), 23.0001),
    "a value": lambda h: put(h[1].header, "EXPTIME", 2.6),
    "a value, a little": lambda h: put(h[1].header, "EXPTIME", 2.5 * (1 + 1e-9)),
    "a comment": lambda h: put(h[1].header, "EXPTIME", (2.5, "another")),
    "a new keyword": lambda h: put(h[1].header, "NEW", 1),
    "history": lambda h: put(h[1].header, "HISTORY", "two"),
    "blanks in history": lambda h: put(h[1].header["HISTORY"], 0, "  one"),
    "text without a keyword": lambda h: put(h[1].header, "", "text"),
    "a blank card": lambda h: h[1].header.append(("", ""), end=True),
    "a float cell": lambda h: put(h[2].data["x"], 3, 1 + 1e-9),
    "a text": lambda h: put(h[2].data["s"], 3, "other"),
    "an array": lambda h: put(h[2].data["v"], 3, [1, 2, 1]),
    "an array of the heap": lambda h: put(h[2].data["p"], 3, np.array([9, 9, 9])),
    "an integer cell": lambda h: put(h[2].data["a"], 0, 7),
    "an HDU": lambda h: h.pop(2),
    "a shape": lambda h: setattr(h[1], "data", h[1].data[:5].copy()),
    "NaN": lambda h: put(h[1].data, (0, 0), np.nan),
    "infinity": lambda h: put(h[1].data, (0, 0), np.inf),
    "a text keyword": lambda h: put(h[1].header, "BUNIT", "Jy  "),
    "the case of a text": lambda h: put(h[2].data["s"], 3, "S3"),
    "a name of another case": lambda h: h[2].columns.change_name("x", "X"),
    "an integer pixel": lambda h: put(h[0].data, 1, 99),
    "rows": lambda h: h.__setitem__(2, fits.BinTableHDU(h[2].data[:10], name="CAT")),
    "columns": lambda h: h.__setitem__(
        2, fits.BinTableHDU.from_columns(list(h[2].columns)[:3], name="CAT")
    ),
    "a type": lambda h: setattr(h[1], "data", h[1].data.astype("f8")),
}
options = [{}, {"rtol": 1e-3}, {"atol": 1e-3}, {"ignore_keywords": ["EXPTIME"]}]
options += [{"ignore_fields": ["X", "p"]}, {"ignore_hdus": ["S*"]}, {"ignore_comments": ["EXP*"]}]

base().writeto(os.path.join(folder, "a.fits"))
cases = []
for n, (name, change) in enumerate(changes.items()):
    hdus = base()
    change(hdus)
    path = os.path.join(folder, "b%d.fits" % n)
    hdus.writeto(path)
    for given in options:
        diff = fits.FITSDiff(os.path.join(folder, "a.fits"), path, **given)
        cases.append({"name": name, "file": "b%d.fits" % n, "options": given, "same": bool(diff.identical)})
print(json.dumps(cases))
