"""
Random expressions and what cfitsio's calculator makes of them, by fitscopy of libcfitsio.

Usage: python3 cases.py FITSCOPY COUNT SEED > cases.json
Needs numpy and astropy, and the program fitscopy.
"""
import base64
import json
import os
import random
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits

ROWS = 9
ABD = '"abd"'
B = "'b'"


def table(seed):
    rng = np.random.default_rng(seed)
    short = rng.integers(-9, 10, ROWS).astype("i2")
    double = rng.normal(0, 2, ROWS)
    single = rng.normal(0, 9, ROWS).astype("f4")
    double[3] = single[5] = np.nan
    double[4] = 0
    vector = rng.normal(0, 3, (ROWS, 3))
    vector[2, 1] = np.nan
    columns = [
        fits.Column("SH", "I", array=short),
        fits.Column("LO", "J", array=rng.integers(-99, 100, ROWS).astype("i4")),
        fits.Column("NU", "J", array=rng.integers(0, 5, ROWS).astype("i4"), null=3),
        fits.Column("BY", "B", array=rng.integers(0, 256, ROWS).astype("u1")),
        fits.Column("BIG", "K", array=rng.integers(-(2**40), 2**40, ROWS)),
        fits.Column("UN", "I", array=rng.integers(0, 65536, ROWS).astype("u2"), bzero=32768),
        fits.Column("FL", "E", array=single),
        fits.Column("DO", "D", array=double),
        fits.Column("ST", "5A", array=np.array([rng.choice(["abc", "abd", "b", "xyz a", "it s"]) for _ in range(ROWS)])),
        fits.Column("LOG", "L", array=rng.integers(0, 2, ROWS).astype(bool)),
        fits.Column("MASK", "11X", array=rng.integers(0, 2, (ROWS, 11)).astype(bool)),
        fits.Column("VEC", "3D", array=vector),
        fits.Column("IVE", "3J", array=rng.integers(-9, 10, (ROWS, 3)).astype("i4")),
    ]
    hdu = fits.BinTableHDU.from_columns(columns, name="EVENTS")
    hdu.header["EXPTIME"] = 12.5
    hdu.header["NRUN"] = 7
    hdu.header["TARGET"] = "abd"
    return fits.HDUList([fits.PrimaryHDU(), hdu])


class Maker:
    """
    Expressions of known types. Conditions stand in parentheses: cfitsio's grammar groups a chain such as 1<2==a==b as its types
    demand, where ours wants to be told. Left out, as cfitsio is wrong there: x % y where x / y passes 2^31, and the sign of abs(0).
    """

    def __init__(self, seed):
        self.pick = random.Random(seed)

    def one(self, *makers):
        return self.pick.choice(makers)()

    def integer(self, depth):
        pick = self.pick.choice
        if depth <= 0:
            return pick(["SH", "LO", "NU", "BY", "UN", "IVE[2]", "#row", "#NRUN", "IVE", str(self.pick.randrange(0, 12)), "0x1f", "0b101"])
        i, r, b = (lambda: self.integer(depth - 1)), (lambda: self.real(depth - 1)), (lambda: self.boolean(depth - 1))
        return self.one(
            lambda: f"{i()}{pick(['+', '-', '*', '/', '%'])}{i()}",
            lambda: f"({i()}{pick(['+', '-', '/', '%'])}{i()})",
            lambda: f"({self.integer(0)}{pick(['&', '|', '^^'])}{self.integer(0)})",
            lambda: f"{pick(['SH', 'BY', '3', '(-2)'])}{pick(['**', '^'])}{pick(['2', '3', '0'])}",
            lambda: f"-{self.integer(0)}",
            lambda: f"(int)({r()})",
            lambda: f"({b()}?{i()}:{i()})",
            lambda: f"{pick(['sum', 'min', 'max', 'median', 'abs', 'nvalid'])}({pick(['IVE', 'SH', 'NU'])})",
            lambda: f"{pick(['min', 'max', 'defnull'])}({pick(['NU', 'SH'])},{self.pick.randrange(4)})",
            lambda: f"{pick(['accum', 'seqdiff'])}({pick(['SH', 'NU', 'IVE'])})",
            lambda: f"sum({b()})",
            lambda: 'strstr(ST,' + pick(['"b"', '"a"', "ST"]) + ')',
            lambda: f"(({b()})*{self.integer(0)})",
            lambda: f"nelem({pick(['VEC', 'ST', 'MASK', 'SH'])})",
            lambda: f"setnull({self.pick.randrange(5)},{self.integer(0)})",
        )

    def real(self, depth):
        pick = self.pick.choice
        if depth <= 0:
            return pick(["FL", "DO", "VEC", "VEC[3]", "BIG", "#EXPTIME", "EXPTIME", "#pi", "2.5", ".5", "1e1", "#deg"])
        r, i, b = (lambda: self.real(depth - 1)), (lambda: self.integer(depth - 1)), (lambda: self.boolean(depth - 1))
        return self.one(
            lambda: f"{r()}{pick(['+', '-', '*', '/'])}{r()}",
            lambda: f"({r()}{pick(['+', '-', '*', '/'])}{i()})",
            lambda: f"{pick(['FL', 'DO', 'VEC', 'EXPTIME'])}%2.5",
            lambda: f"-{self.real(0)}",
            lambda: f"(float)({i()})",
            lambda: f"({b()}?{r()}:{i()})",
            lambda: f"{pick(['sqrt', 'log', 'log10', 'sin', 'cos', 'arctan', 'arcsin', 'tanh', 'floor', 'ceil', 'round', 'abs'])}({r()})",
            lambda: f"{pick(['sum', 'average', 'stddev', 'median', 'min', 'max'])}({pick(['VEC', 'IVE*1.5', 'FL', 'DO'])})",
            lambda: f"{pick(['accum', 'seqdiff'])}({pick(['FL', 'DO'])})",
            lambda: f"{pick(['min', 'max', 'arctan2'])}({pick(['FL', 'DO'])},{pick(['DO', '1', 'SH'])})",
            lambda: f"defnull({pick(['FL', 'DO'])},-1)",
            lambda: f"angsep({pick(['FL', '1'])},DO,SH,2)",
            lambda: f"{pick(['2.0', '(abs(DO)+.5)'])}{pick(['^', '**'])}{pick(['2', '0.5', 'SH'])}",
        )

    def boolean(self, depth):
        pick = self.pick.choice
        if depth <= 0:
            return pick(["LOG", "T", "F", "(SH>0)", "(DO<=1)", "(NU==2)", "(ST=='abc')", "(MASK==b1)", "(FL!=DO)"])
        r, i, b = (lambda: self.real(depth - 1)), (lambda: self.integer(depth - 1)), (lambda: self.boolean(depth - 1))
        return self.one(
            lambda: f"({i()}{pick(['==', '!=', '<', '<=', '>', '>=', '=>', '.gt.', '.LE.', '.eq.'])}{i()})",
            lambda: f"({r()}{pick(['<', '<=', '>', '>='])}{r()})",
            lambda: f"({b()}{pick(['&&', '||', '.and.', '.or.', ' or. '])}{b()})",
            lambda: f"({b()}{pick(['==', '!='])}{b()})",
            lambda: f"{pick(['!', '.not.'])}({b()})",
            lambda: f"isnull({pick(['NU', 'DO', 'VEC', 'FL', 'ST', 'DO/SH'])})",
            lambda: f"(SH=-3:{self.pick.randrange(8)})",
            lambda: f"near({pick(['DO', 'VEC', 'SH'])},1,2)",
            lambda: f"circle(0,0,{pick(['5', '9'])},SH,FL)",
            lambda: f"{pick(['box', 'ellipse'])}(1,0,9,12,30,SH,FL)",
            lambda: f"(ST{pick(['==', '!=', '<', '>', '<=', '>='])}{pick([ABD, B, '#TARGET', 'strmid(ST,1,2)'])})",
            lambda: f"(MASK{pick(['==', '!=', '<', '<=', '>', '>='])}{pick(['b101', 'h2F', 'bx1xxxxxxxx', 'o17'])})",
            lambda: f"(FL~{pick(['FL', 'DO'])})",
        )

    def text(self):
        pick = self.pick.choice
        return pick(["ST+\"-z\"", "strmid(ST,2,2)", "strmid(ST,1,3)+'x'", "LOG?ST:'none'", "SH>2?'up':'down'", "#TARGET+ST", "SH>0?ST:#TARGET"])

    def bits(self):
        pick = self.pick.choice
        return pick(["MASK&h0F", "MASK|b101", "!MASK", "MASK+b01", "MASK[3]", "!(MASK&b11)", "MASK[2]+MASK[1]", "(MASK|h3)&h7F"])

    def whole(self):
        return self.one(
            lambda: self.integer(2),
            lambda: self.integer(3),
            lambda: self.real(2),
            lambda: self.real(3),
            lambda: self.boolean(2),
            lambda: self.boolean(3),
            self.text,
            self.bits,
        )


WRONG = [
    "SH+LOG", "ST==1", "SH &&LOG", "!SH", "-ST", "ST*2", "SH<LO<3", "SH>", "(SH", "NOPE+1", "#NOPE", "sqrt(ST)", "sqrt(1,2)",
    "foo(SH)", "MASK+1", "FL&3", "VEC[4]", "VEC+{1,2}", "SH?1:2", "LOG?1", "SH=3", "ST+1", "1/0", "ST<MASK", "LOG<LOG",
]


def answer(fitscopy, path, expression, folder):
    out = os.path.join(folder, "out.fits")
    if os.path.exists(out):
        os.remove(out)
    run = subprocess.run([fitscopy, f"{path}[EVENTS][col Q={expression}]", out], capture_output=True)
    if run.returncode != 0 or run.stderr or not os.path.exists(out):
        return None
    with fits.open(out) as made:
        header = made[1].header
        raw = made[1].data.view(np.ndarray)["Q"].reshape(ROWS, -1)
        # Stored values: what astropy makes of them does not tell null from false.
        form = header["TFORM1"]
        code = form[-1]
        if code == "L":
            values = [[None if v == 0 else bool(v == ord("T")) for v in row] for row in raw]
        elif code == "X":
            count = int(form[:-1] or 1)
            values = ["".join(str(bit) for bit in np.unpackbits(row.view("u1"))[:count]) for row in raw]
        elif code == "A":
            values = [row[0].decode("latin1") if isinstance(row[0], bytes) else str(row[0]) for row in raw]
            values = [value.rstrip(" ") for value in values]
        elif code in "EDF":
            values = [[None if np.isnan(v) else float(v) if np.isfinite(v) else str(float(v)) for v in row] for row in raw]
        else:
            null = header.get("TNULL1")
            values = [[None if null is not None and v == null else int(v) for v in row] for row in raw]
        return {"format": form, "values": values}


def main():
    fitscopy, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    maker = Maker(seed)
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "in.fits")
        table(seed).writeto(path)
        seen = set()
        tried = 0
        while len(cases) < count and tried < 20 * count:
            tried += 1
            expression = maker.whole()
            # Integers of a column that are beyond 32 bits lose their upper ones in cfitsio.
            if expression in seen or len(expression) > 90 or ("(int)" in expression and "BIG" in expression):
                continue
            seen.add(expression)
            result = answer(fitscopy, path, expression, folder)
            if result:
                cases.append({"expression": expression, **result})
        refused = [wrong for wrong in WRONG if answer(fitscopy, path, wrong, folder) is None]
        data = base64.b64encode(open(path, "rb").read()).decode()
    json.dump({"file": data, "cases": cases, "refused": refused}, sys.stdout, indent=None, separators=(",", ":"))


main()
