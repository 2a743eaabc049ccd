"""A job of pyvo, made at argv[1] and waited for at argv[2], which has the same queue. Prints when it is made, its phase, and the shapes of its results."""
import sys
import time
import urllib.parse
import urllib.request
from io import BytesIO

from astropy.io import fits
from pyvo.io import uws

one, two = sys.argv[1:]
circle = "CIRCLE 150.4214 2.4224 0.0001"
form = urllib.parse.urlencode([("ID", "slow.fits"), ("POS", circle), ("POS", circle), ("PHASE", "RUN")])
with urllib.request.urlopen(one + "soda/async", form.encode()) as answer:
    job = uws.parse_job(BytesIO(answer.read()))
print("made", flush=True)
address = f"{two}soda/async/{job.jobid}"
while job.phase not in ("COMPLETED", "ERROR", "ABORTED"):
    time.sleep(0.05)
    job = uws.parse_job(BytesIO(urllib.request.urlopen(address + "?WAIT=5").read()))
print(job.phase, [fits.open(BytesIO(urllib.request.urlopen(result.href).read()))[0].data.shape for result in job.results])
