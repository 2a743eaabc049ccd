"""
File names with filters, and what cfitsio makes of them, by fitscopy.

Usage: python3 cases.py FITSCOPY > cases.json
Needs numpy and astropy, and the program fitscopy.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits

ROWS = 60

TABLES = [
    "[EVENTS][PI > 50]",
    "+1[PI > 50 && X < 10]",
    "[PI > 50]",
    "[events,1,B][STATUS == bx1x]",
    "[1][#row < 6][NAME == 'b']",
    "[EVENTS][col X;Y]",
    "[EVENTS][col Y;X;R=sqrt(X*X+Y*Y)]",
    "[EVENTS][col X;Y;PI][PI > 100]",
    "[EVENTS][PI > 100][col -TIME;-SP*]",
    "[EVENTS][col R=X+1;*]",
    "[EVENTS][col R(1E)=TIME/3;-TIME]",
    "[EVENTS][col X=X+1]",
    "[EVENTS][col *;X=X+1]",
    "[EVENTS][col R=X+1;Q=R*2;X]",
    "[EVENTS][col XX==X;Y]",
    "[EVENTS][col #KK=EXPTIME*2;#NOTE(a note)='abc']",
    "[EVENTS][col X;#OBJECT='new']",
    "[EVENTS][col *;-EXPTIME]",
    "[EVENTS][col R=X;#TUNIT#='mm']",
    "[EVENTS][col #KEY==EXPTIME]",
    "[EVENTS][col X;TIME][col -Y]",
    "[EVENTS][col X;N=NAME+'-z';B=STATUS&b11;L=PI>9;V=SPEC*2;K=sum(SPEC)]",
    "[EVENTS][accum(X) < 200]",
    "[EVENTS][seqdiff(TIME) > 10]",
    "[EVENTS][circle(20,10,8,X,Y)]",
    "[EVENTS][isnull(W) || SPEC[2] > 5]",
    "[EVENTS][(X = 3:9) .or. PI/2 == 60]",
]

IMAGES = [
    "[EVENTS][bin X,Y]",
    "[EVENTS][bin (X,Y)=1:40:4]",
    "[EVENTS][bin 4]",
    "[EVENTS][bini 4]",
    "[EVENTS][bin]",
    "[EVENTS][bin X=4]",
    "[EVENTS][bin X=1:10:2,Y=1:20:5]",
    "[EVENTS][bin X=:20,Y=10:]",
    "[EVENTS][bin X,Y;W]",
    "[EVENTS][bind X=1:40:8,Y=1:20:4;W]",
    "[EVENTS][bin X=1:40:8,Y=1:20:4;/TIME]",
    "[EVENTS][bin X=1:40:8;2.5]",
    "[EVENTS][bin PI=0:255:10]",
    "[EVENTS][bin PI=3:200:7]",
    "[EVENTS][bin TIME=0:1000:30.5]",
    "[EVENTS][bin TIME]",
    "[EVENTS][bin W=0:2:0.25]",
    "[EVENTS][bin #2=4,#3=4]",
    "[EVENTS][bin X=8,Y=8,PI=64]",
    "[EVENTS][bin X=20,Y=10,PI=128,PI=0:199:50]",
    "[EVENTS][PI > 100][bin X=4,Y=4]",
    "[EVENTS][bin X=4,Y=4][PI > 100]",
    "[EVENTS][col DX=X*2;Y][bin DX=0:80:8]",
    "[EVENTS][bin PI=LOWK:HIGHK:BINK]",
    "[EVENTS][bin PI=0:255:2.5]",
    "[EVENTS][bin X=0.5:10.5:1]",
    "[EVENTS][bin W=0.1:1.7:0.5]",
    "[EVENTS][bin SPEC=-9:9:3]",
    "[EVENTS][bin W=0:2:1]",
    "[EVENTS][bin TIME=0:1000:100]",
    "[EVENTS][bin X=1:40:2.5]",
    "[EVENTS][bin NONE=1:4]",
    "[EVENTS][NONE > 3]",
    "[EVENTS][col NONE]",
    "[EVENTS][PI]",
    "[NONE][PI > 3]",
]

CARDS = ["CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT"]
KEYS = ["EXPTIME", "KK", "NOTE", "OBJECT", "KEY"] + [f"T{k}{n}" for k in ["LMIN", "LMAX", "CRPX", "CTYP"] for n in range(1, 9)]


def events():
    rng = np.random.default_rng(5)
    w = rng.uniform(0, 2, ROWS).astype("f4")
    w[7] = np.nan
    hdu = fits.BinTableHDU.from_columns(
        [
            fits.Column("TIME", "D", unit="s", array=np.sort(rng.uniform(0, 1000, ROWS))),
            fits.Column("X", "I", unit="pixel", array=rng.integers(1, 41, ROWS).astype("i2")),
            fits.Column("Y", "I", unit="pixel", array=rng.integers(1, 21, ROWS).astype("i2")),
            fits.Column("PI", "I", array=rng.integers(0, 200, ROWS).astype("i2")),
            fits.Column("W", "E", array=w),
            fits.Column("STATUS", "3X", array=rng.integers(0, 2, (ROWS, 3)).astype(bool)),
            fits.Column("NAME", "3A", array=np.array([rng.choice(["a", "b", "abc"]) for _ in range(ROWS)])),
            fits.Column("SPEC", "2J", array=rng.integers(-9, 10, (ROWS, 2)).astype("i4")),
        ],
        name="EVENTS",
    )
    header = hdu.header
    for keyword, value in dict(
        TLMIN2=1, TLMAX2=40, TLMIN3=1, TLMAX3=20, TCTYP2="RA---TAN", TCTYP3="DEC--TAN", TCRPX2=20.5, TCRPX3=10.5,
        TCRVL2=83.5, TCRVL3=22.0, TCDLT2=-0.001, TCDLT3=0.001, TCUNI2="deg", TCUNI3="deg", TLMIN4=0, TLMAX4=255,
        EXPTIME=1000.0, OBJECT="Crab", LOWK=10, HIGHK=99, BINK=10,
    ).items():
        header[keyword] = value
    return fits.HDUList([fits.PrimaryHDU(), hdu])


def plain(value):
    if isinstance(value, (bytes, np.bytes_)):
        return value.decode()
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return value.item() if hasattr(value, "item") else value


def result(name, path, fitscopy, folder):
    out = os.path.join(folder, "out.fits")
    if os.path.exists(out):
        os.remove(out)
    run = subprocess.run([fitscopy, path + name, out], capture_output=True, text=True)
    if run.returncode != 0 or not os.path.exists(out):
        return {"name": name, "refused": True}
    with fits.open(out) as made:
        if len(made) == 1:
            header = made[0].header
            cards = {f"{k}{n}": header[f"{k}{n}"] for n in range(1, header["NAXIS"] + 1) for k in CARDS if f"{k}{n}" in header}
            return {"name": name, "shape": list(made[0].data.shape), "bitpix": header["BITPIX"], "pixels": plain(made[0].data.ravel()), "cards": cards}
        header, data = made[1].header, made[1].data
        columns = [
            {"name": header[f"TTYPE{i}"], "format": header[f"TFORM{i}"], "unit": header.get(f"TUNIT{i}"), "values": plain(list(data.field(i - 1)))}
            for i in range(1, header["TFIELDS"] + 1)
        ]
        return {"name": name, "rows": header["NAXIS2"], "columns": columns, "cards": {k: header[k] for k in KEYS if k in header}}


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "in.fits")
        events().writeto(path)
        cases = [result(name, path, sys.argv[1], folder) for name in TABLES + IMAGES]
        data = base64.b64encode(open(path, "rb").read()).decode()
    json.dump({"file": data, "cases": cases}, sys.stdout, separators=(",", ":"))


main()
