"""Writes src/picture/colormap-tables.ts: the color maps that only a table tells, as matplotlib has them.

/usr/bin/python3 scripts/build-colormaps.py > src/picture/colormap-tables.ts
"""
import base64
import numpy as np
from matplotlib import _cm, colormaps

lines = [
    "/**",
    " * Color maps that only a table tells: base64 of red, green, blue bytes at equal steps from the lowest to the highest",
    " * value. viridis, inferno, magma, plasma: S. van der Walt and N. Smith (CC0); cividis: J. R. Nunez and others (2018);",
    " * turbo: A. Mikhailov (Apache 2.0); coolwarm: K. Moreland (2009); the others: ColorBrewer, C. Brewer and M. Harrower",
    " * (Apache 2.0). Written by scripts/build-colormaps.py.",
    " */",
    "export const tables: Readonly<Record<string, string>> = {",
]
def add(name, levels, whole=np.round):
    data = whole(np.asarray(levels) * 255).astype("u1").tobytes()
    lines.append(f"  {name}:")
    lines.append(f'    "{base64.b64encode(data).decode()}",')

for name in "viridis inferno magma plasma cividis turbo".split():
    add(name, colormaps[name].colors, np.floor)  # all 256 colors: as bytes matplotlib cuts off what is below a level
d = _cm.datad["coolwarm"]
add("coolwarm", np.transpose([[point[1] for point in d[c]] for c in ("red", "green", "blue")]))
for name in "Blues Greens Greys Oranges Purples Reds RdBu RdYlBu Spectral".split():
    add(name, _cm.datad[name])
lines.append("};")
print("\n".join(lines))
