"""Makes images with many kinds of world coordinates: parents.py FOLDER. Pixels tell where they are."""
import sys

import numpy as np
from astropy.io import fits

folder = sys.argv[1]
NX, NY = 60, 50


def pixels(shape=(NY, NX), dtype="f4"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def header(**more):
    h = fits.Header()
    for key, value in dict(
        CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CRVAL1=150.421375, CRVAL2=2.422383, CRPIX1=30.5, CRPIX2=21.25,
        CUNIT1="deg", CUNIT2="deg", RADESYS="ICRS",
    ).items():
        h[key] = value
    for key, value in more.items():
        h[key] = value
    return h


CD = dict(CD1_1=-1.1e-5, CD1_2=4e-6, CD2_1=3.5e-6, CD2_2=1.3e-5)


def save(name, h, data=None, extra=(), **how):
    first = fits.PrimaryHDU()
    first.header["TELESCOP"] = "TEST"
    image = fits.ImageHDU(pixels() if data is None else data, h, name="SCI")
    fits.HDUList([first, image, *extra]).writeto(f"{folder}/{name}.fits", overwrite=True, **how)


save("cd", header(**CD), checksum=True)
save("pc", header(PC1_1=0.9, PC1_2=-0.4, PC2_1=0.35, PC2_2=0.95, CDELT1=-1e-5, CDELT2=2e-5))
save("pc-part", header(PC1_2=-0.4, PC2_1=0.35, CDELT1=-1e-5, CDELT2=2e-5))
save("cdelt", header(CDELT1=-1e-5, CDELT2=2e-5))
save("crota", header(CDELT1=-1e-5, CDELT2=2e-5, CROTA2=33.0))
two = header(**CD)
for key, value in dict(
    CTYPE1A="GLON-CAR", CTYPE2A="GLAT-CAR", CRVAL1A=10.0, CRVAL2A=0.0, CRPIX1A=3.0, CRPIX2A=4.0, CDELT1A=-0.01,
    CDELT2A=0.01, WCSNAMEP="PHYSICAL", CTYPE1P="X", CTYPE2P="Y", CRVAL1P=1000.0, CRVAL2P=2000.0, CRPIX1P=1.0,
    CRPIX2P=1.0, CDELT1P=2.0, CDELT2P=2.0, LTV1=-10.0, LTV2=5.0, LTM1_1=0.5, LTM2_2=0.5, LTM1_2=0.125,
).items():
    two[key] = value
save("alternates", two)

sip = header(**CD, A_ORDER=3, B_ORDER=3, A_0_2=2.1e-5, A_1_1=-1e-5, A_2_0=3e-5, A_3_0=1e-7, A_1_2=-2e-7,
             B_0_2=-1e-5, B_1_1=2e-5, B_2_0=1.5e-5, B_0_3=3e-7, B_2_1=1e-7, AP_ORDER=2, BP_ORDER=2, AP_1_0=1e-6,
             AP_0_2=-2.1e-5, BP_0_1=2e-6, BP_2_0=-1.5e-5)
sip["CTYPE1"], sip["CTYPE2"] = "RA---TAN-SIP", "DEC--TAN-SIP"
save("sip", sip)

tpv = header(**CD, PV1_0=1e-5, PV1_1=1.01, PV1_2=1e-3, PV1_4=0.3, PV1_7=2.0, PV2_0=-1e-5, PV2_1=0.99, PV2_2=2e-3,
             PV2_5=0.2, PV2_10=3.0)
tpv["CTYPE1"], tpv["CTYPE2"] = "RA---TPV", "DEC--TPV"
save("tpv", tpv)


def lookup(name, ver, seed, cdelt, shape=(16, 20)):
    values = np.random.default_rng(seed).normal(0, 0.3, shape).astype("f4")
    table = fits.ImageHDU(values, name=name, ver=ver)
    for key, value in dict(CRPIX1=1.5, CRPIX2=2.0, CRVAL1=2.0, CRVAL2=3.0, CDELT1=cdelt[0], CDELT2=cdelt[1]).items():
        table.header[key] = value
    return table


hst = sip.copy()
for axis in (1, 2):
    hst[f"CPDIS{axis}"] = "LOOKUP"
    for field, value in (("EXTVER", float(axis)), ("NAXES", 2.0), ("AXIS.1", 1.0), ("AXIS.2", 2.0)):
        hst.append((f"DP{axis}", f"{field}: {value}"), end=True)
    hst[f"D2IMDIS{axis}"] = "LOOKUP"
    for field, value in (("EXTVER", float(axis)), ("NAXES", 2.0), ("AXIS.1", 1.0), ("AXIS.2", 2.0)):
        hst.append((f"D2IM{axis}", f"{field}: {value}"), end=True)
save("lookup", hst, extra=[
    lookup("WCSDVARR", 1, 1, (4.0, 3.0)), lookup("WCSDVARR", 2, 2, (4.0, 3.0)),
    lookup("D2IMARR", 1, 3, (1.0, 1.0)), lookup("D2IMARR", 2, 4, (5.0, 5.0)),
])

cube = header(CTYPE3="VELO-LSR", CRVAL3=1e5, CRPIX3=2.0, CDELT3=500.0, CUNIT3="m/s", CD3_3=500.0, **CD)
del cube["CDELT3"]
save("cube", cube, pixels((4, NY, NX)))

plate = fits.Header()
for key, value in dict(
    CTYPE1="RA---TAN", CTYPE2="DEC--TAN", CRVAL1=0.0, CRVAL2=0.0, CRPIX1=30.0, CRPIX2=25.0, CDELT1=-4.7e-4,
    CDELT2=4.7e-4, RADESYS="FK5", EQUINOX=2000.0,
    PLTRAH=14, PLTRAM=30, PLTRAS=11.5, PLTDECSN="+", PLTDECD=30, PLTDECM=2, PLTDECS=30.7, PLTSCALE=67.2,
    PPO3=177500.0, PPO6=177500.0, XPIXELSZ=25.28, YPIXELSZ=25.28, CNPIX1=3000, CNPIX2=4000,
).items():
    plate[key] = value
coefficients = dict(
    AMDX1=67.24, AMDX2=0.05, AMDX3=-60.0, AMDX4=2e-5, AMDX5=-1e-5, AMDX6=1e-5, AMDX8=2e-6, AMDX10=2e-6,
    AMDY1=67.25, AMDY2=-0.05, AMDY3=20.0, AMDY4=1e-5, AMDY5=2e-5, AMDY6=-1e-5, AMDY8=2e-6, AMDY10=2e-6,
)
for letter in "XY":
    for n in range(1, 14):
        plate[f"AMD{letter}{n}"] = coefficients.get(f"AMD{letter}{n}", 0.0)
save("plate", plate)

counts = pixels(dtype="i4") % 200 - 100
save("int16", header(**CD, BLANK=-99), counts.astype("i2"))
save("uint16", header(**CD), (counts + 40000).astype("u2"))
save("int64", header(**CD), counts.astype("i8") * 2**50)
scaled = fits.ImageHDU((counts * 0.5 + 3).astype("f8"), header(**CD), name="SCI")
scaled.scale("int16", bscale=0.5, bzero=3)
fits.HDUList([fits.PrimaryHDU(), scaled]).writeto(f"{folder}/scaled.fits", overwrite=True)
fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(counts.astype("i4"), header(**CD), name="SCI")]).writeto(
    f"{folder}/compressed.fits", overwrite=True)
parts = [fits.ImageHDU(pixels() + 1000 * i, header(**CD) if i < 2 else None, name=n) for i, n in enumerate(["SCI", "ERR", "DQ"])]
parts[0].header["INHERIT"] = True
parts[0].header["S_REGION"] = "POLYGON ICRS 150 2 150 3 151 3 151 2"
parts[0].header["DATASEC"], parts[0].header["DETSEC"] = "[5:60,1:50]", "[1:60,1:50]"
primary = fits.PrimaryHDU()
primary.header["EXPTIME"], primary.header["NEXTEND"], primary.header["LONGNAME"] = 90.5, 3, "word " * 20
fits.HDUList([primary, *parts]).writeto(f"{folder}/several.fits", overwrite=True, checksum=True)
