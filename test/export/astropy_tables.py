"""Compares exported tables with the truth beside them, as astropy and Python read them: an oracle of the exports' tests.

Usage: astropy_tables.py FOLDER

For each N.truth, a list of columns {name, isFloat, isSingle, isBool, cells}, there are N.fits, N.csv, N.json and N.ndjson. Cells hold
integers as text, floats as the hexadecimal digits of a big-endian double, "nan" for any NaN.
"""
import csv
import glob
import json
import struct
import sys
import warnings

import numpy as np
from astropy.io import fits

warnings.simplefilter("ignore")


def number(x):
    return "nan" if x != x else struct.pack(">d", x).hex()


def shown(x, null=None):
    """A cell of astropy's; integers that equal `null` are None."""
    if isinstance(x, np.ndarray) and x.ndim:
        return [shown(v, null) for v in x]
    if isinstance(x, np.ndarray):
        x = x[()]
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (complex, np.complexfloating)):
        return [number(float(x.real)), number(float(x.imag))]
    if isinstance(x, (float, np.floating)):
        return number(float(x))
    if isinstance(x, (int, np.integer)):
        return None if null is not None and int(x) == null else "%d" % x
    return str(x).rstrip(" ")


def parsed(x, column):
    """A value out of JSON or CSV."""
    if isinstance(x, list):
        return [parsed(v, column) for v in x]
    if x is None or isinstance(x, bool):
        return x
    if column["isSingle"]:
        return number(float(np.float32(float(x))))
    return number(float(x)) if column["isFloat"] else str(x)


def field(text, column, like):
    """A field of CSV; lists are JSON."""
    if isinstance(like, list):
        return parsed(json.loads(text), column)
    if text == "" and like is None:
        return None
    return text == "true" if column["isBool"] else parsed(text, column)


def flat(x):
    return [w for v in x for w in flat(v)] if isinstance(x, list) else [x]


def in_fits(path, truth):
    """astropy has no TDIMn of variable arrays, and takes unknown logicals for false."""
    with fits.open(path, uint=True, checksum=True) as hdus:
        data, columns = hdus[1].data, hdus[1].columns
        for i, column in enumerate(truth):
            cells = [flat(shown(v, columns[i].null)) for v in data.field(i)]
            wanted = [flat(v) for v in column["cells"]]
            if column["isBool"]:
                wanted = [[bool(v) for v in cell] for cell in wanted]
            if cells != wanted:
                yield column["name"], cells, wanted


def in_text(base, truth):
    with open(base + ".csv", newline="") as file:
        records = list(csv.reader(file))
    with open(base + ".json") as file:
        columnar = json.load(file)["columns"]
    with open(base + ".ndjson") as file:
        rows = [json.loads(line) for line in file]
    if records[0] != [column["name"] for column in truth]:
        yield "names", records[0], None
    for i, column in enumerate(truth):
        name, cells = column["name"], column["cells"]
        got = [field(record[i], column, like) for record, like in zip(records[1:], cells)]
        if len(records) != len(cells) + 1 or got != cells:
            yield name + " in CSV", got, cells
        got = [parsed(v, column) for v in columnar[i]["values"]]
        if columnar[i]["name"] != name or got != cells:
            yield name + " in JSON", got, cells
        got = [parsed(row[name], column) for row in rows]
        if got != cells:
            yield name + " in NDJSON", got, cells


different = []
paths = glob.glob(sys.argv[1] + "/*.truth")
for path in paths:
    base = path[: -len(".truth")]
    with open(path) as file:
        truth = json.load(file)
    for fault in [*in_fits(base + ".fits", truth), *in_text(base, truth)]:
        different.append([base, *fault])
json.dump({"tables": len(paths), "different": different[:5]}, sys.stdout)
