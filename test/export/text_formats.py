"""A table of all kinds of columns, and what astropy and Python read of its exports as TSV, ECSV and VOTable.

Usage: text_formats.py make FILE.fits, then text_formats.py check FILE.fits, beside which are FILE.tsv, FILE.ecsv and FILE.vot.
Prints the cells that differ as JSON.
"""
import csv
import json
import sys
import warnings

import numpy as np
from astropy.io import fits
from astropy.table import Table

warnings.simplefilter("ignore")


def make(path):
    single = np.array([1.5, np.nan, np.inf, -np.inf, 0.1], "f4")
    double = np.array([1 / 3, np.nan, 1e300, -0.0, 5e-324])
    text = ["plain", "a\tb", "say \"hi\", it's", "x|y\\n #z<&>", "]]> &amp; -"]
    lists = [np.arange(i, dtype="i4") for i in range(5)]
    columns = [
        fits.Column("flag", "L", array=np.array([True, False, True, False, True])),
        fits.Column("byte", "B", array=np.array([0, 1, 255, 7, 9], "u1")),
        fits.Column("short", "I", null=-99, unit="ct", array=np.array([1, -99, 3, -32768, 5], "i2")),
        fits.Column("ushort", "I", bzero=32768, array=np.array([0, 1, 65535, 2, 3], "u2")),
        fits.Column("int", "J", array=np.array([1, -(2**31), 2**31 - 1, 0, 5], "i4")),
        fits.Column("uint", "J", bzero=2**31, array=np.array([0, 1, 2**32 - 1, 4, 5], "u4")),
        fits.Column("long", "K", null=-1, array=np.array([2**53 + 1, -(2**63), 2**63 - 1, -1, 0], "i8")),
        fits.Column("ulong", "K", bzero=2**63, array=np.array([0, 1, 2**64 - 1, 2**63, 2**53 + 1], "u8")),
        fits.Column("f", "E", unit="mag", array=single),
        fits.Column("d", "D", unit="km/s", array=double),
        fits.Column("c", "C", array=np.array([1 + 2j, 0.1, -1j, 0, 3.5], "c8")),
        fits.Column("z", "M", array=np.array([1 + 2j, 1 / 3 - 1e-9j, 0, 1j, -1])),
        fits.Column("text", "20A", array=np.array(text)),
        fits.Column("bits", "11X", array=np.arange(55).reshape(5, 11) % 3 == 0),
        fits.Column("ints", "3J", array=np.arange(15).reshape(5, 3)),
        fits.Column("doubles", "6D", dim="(3,2)", array=np.arange(30.0).reshape(5, 2, 3) / 7),
        fits.Column("words", "12A", dim="(4,3)", array=np.array([["ab", "c", "d%d" % i] for i in range(5)])),
        fits.Column("flags", "4L", array=np.arange(20).reshape(5, 4) % 2 == 0),
        fits.Column("list", "PJ()", array=np.array(lists, dtype=object)),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="KINDS")
    for keyword, unit in [("TCOMM10", 'speed, with a "quote" & <'), ("TCOMM3", "counts")]:
        table.header[keyword] = unit
    table.writeto(path)


def plain(value, null=None):
    """A cell as JSON has it; floats by their text, so that NaN is itself and -0 is not 0."""
    if value is np.ma.masked or value is None:
        return None
    if isinstance(value, (np.ndarray, list)):
        return [plain(v) for v in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return None if int(value) == null else int(value)
    if isinstance(value, (complex, np.complexfloating)):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return str(value)


def same_text(a):
    """astropy's readers of text take blanks at the ends, and one kind of line break."""
    return " ".join(a.split()) if isinstance(a, str) else a


def check(path):
    hdu = fits.open(path)[1]
    names = hdu.columns.names
    truth = {n: [plain(v, hdu.columns[n].null) for v in hdu.data[n]] for n in names}
    base = path[: -len(".fits")]
    wrong = []

    def told(where, name, got, wanted):
        if [same_text(v) for v in got] != [same_text(v) for v in wanted]:
            wrong.append([where, name, repr(got), repr(wanted)])

    for ending, form in [("ecsv", "ascii.ecsv"), ("vot", "votable")]:
        table = Table.read(base + "." + ending, format=form)
        if table.colnames != names:
            wrong.append([ending, "names", table.colnames])
        for name in names:
            column = table[name]
            got = [plain(v.tolist() if isinstance(v, np.ma.MaskedArray) and v.ndim else v) for v in column]
            wanted = truth[name]
            if ending == "vot" and name == "ulong":  # VOTable has no unsigned integers of 64 bits
                wanted = [str(v) for v in wanted]
            if ending == "vot" and name == "words":
                wanted = [" ".join(v) for v in wanted]
            # astropy masks NaN of VOTables, and of complex values both parts are floats in ECSV.
            told(ending, name, ["nan" if v is None and truth[name][i] == "nan" else v for i, v in enumerate(got)], wanted)
            unit = {"short": "ct", "f": "mag", "d": "km / s"}.get(name)
            if (None if column.unit is None else str(column.unit)) != unit:
                wrong.append([ending, name, "unit", str(column.unit)])
            about = {"d": 'speed, with a "quote" & <', "short": "counts"}.get(name)
            if column.description != about:
                wrong.append([ending, name, "description", column.description])
    with open(base + ".tsv", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if lines[0] != names:
        wrong.append(["tsv", "names", lines[0]])
    for i, name in enumerate(names):
        kind = hdu.data[name].dtype.kind
        single = hdu.data[name].dtype.itemsize in (4, 8) and name in ("f", "c")

        def number(v):
            return plain(np.float32(v) if single else np.float64(v))

        def parsed(cell, like):
            if isinstance(like, list):
                return [parsed(v, w) for v, w in zip(json.loads(cell) if isinstance(cell, str) else cell, like)]
            if isinstance(cell, str) and kind in "US":
                escapes = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
                out, at = "", 0
                while at < len(cell):
                    out, at = (out + escapes[cell[at : at + 2]], at + 2) if cell[at] == "\\" and name == "text" else (out + cell[at], at + 1)
                return out
            if cell == "":
                return None
            if kind in "fc" or isinstance(like, str):
                return number(cell)
            return {"true": True, "false": False}.get(cell, cell) if isinstance(like, bool) else int(cell)

        told("tsv", name, [parsed(line[i], like) for line, like in zip(lines[1:], truth[name])], truth[name])
    print(json.dumps(wrong))


{"make": make, "check": check}[sys.argv[1]](sys.argv[2])
