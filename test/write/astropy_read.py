"""What astropy reads in FITS files, as JSON on stdout: the oracle of the writer's tests.

Usage: astropy_read.py FILE...

For each file a list of HDUs {cards: [[keyword, value, comment]], image?: {dtype, shape, hex}, columns?: {name:
[cell, ...]}}. Floats are given as the hexadecimal digits of their big-endian bytes, integers as text.
"""
import json
import sys
import warnings

import numpy as np
from astropy.io import fits

warnings.simplefilter("ignore")


def scalar(x):
    if x is None:
        return None
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (complex, np.complexfloating)):
        kind = ">f4" if isinstance(x, np.complex64) else ">f8"
        return [np.array(v, kind).tobytes().hex() for v in (x.real, x.imag)]
    if isinstance(x, (float, np.floating)):
        return np.array(x, ">f4" if isinstance(x, np.float32) else ">f8").tobytes().hex()
    if isinstance(x, (int, np.integer)):
        return "%d" % x
    if isinstance(x, bytes):
        return x.decode("latin-1")
    return str(x)


def cell(x):
    if isinstance(x, np.chararray) or (isinstance(x, np.ndarray) and x.dtype.kind in "SU"):
        return [cell(v) for v in np.asarray(x)] if x.ndim else str(x)
    if isinstance(x, np.ndarray):
        return [cell(v) for v in x] if x.ndim else scalar(x[()])
    return scalar(x)


def value(x):
    if isinstance(x, fits.card.Undefined):
        return {"undefined": True}
    if isinstance(x, (complex, float)) and not isinstance(x, bool):
        return {"complex" if isinstance(x, complex) else "float": scalar(x)}
    if isinstance(x, bool):
        return x
    if isinstance(x, int):
        return {"int": str(x)}
    return str(x)


def hdu_facts(hdu):
    facts = {"cards": [[c.keyword, value(c.value), c.comment] for c in hdu.header.cards]}
    if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU)):
        names = [c.name for c in hdu.columns]
        facts["rows"] = len(hdu.data) if hdu.data is not None else 0
        facts["columns"] = {n: [cell(v) for v in hdu.data[n]] for n in names}
    elif hdu.data is not None:
        data = hdu.data
        facts["image"] = {
            "dtype": data.dtype.newbyteorder("=").name,
            "shape": list(data.shape),
            "hex": data.astype(data.dtype.newbyteorder(">")).tobytes().hex(),
        }
    return facts


def file_facts(path):
    with fits.open(path, checksum=True, uint=True) as hdus:
        checks = [bool(h._checksum is None or h.verify_checksum() == 1) for h in hdus]
        sums = [bool(h._datasum is None or h.verify_datasum() == 1) for h in hdus]
        return {"checksums": all(checks) and all(sums), "hdus": [hdu_facts(h) for h in hdus]}


print(json.dumps([file_facts(p) for p in sys.argv[1:]]))
