"""astropy's Cutout2D of the image in argv[1]: a JSON list of {x, y, size, mode} on stdin; prints one of what it makes."""
import json
import sys

import numpy as np
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.nddata.utils import NoOverlapError, PartialOverlapError

data = fits.getdata(sys.argv[1], "SCI").astype("f8")
made = []
for job in json.load(sys.stdin):
    try:
        cut = Cutout2D(data, (job["x"], job["y"]), job["size"], mode=job["mode"], fill_value=np.nan)
    except (NoOverlapError, PartialOverlapError) as error:
        made.append({"error": type(error).__name__})
        continue
    values = [None if np.isnan(v) else v for v in cut.data.ravel().tolist()]
    made.append({"shape": list(cut.data.shape), "values": values, "position": [*cut.input_position_cutout]})
print(json.dumps(made))
