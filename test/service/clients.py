"""What pyvo reads of a service at argv[1]: links, a cutout by each of its two ways, and a job. Prints what came."""
import sys
import time
import urllib.parse
import urllib.request
import warnings
from io import BytesIO

warnings.simplefilter("ignore")
import astropy.units as u
from astropy.io import fits
from pyvo.dal.adhoc import DatalinkResults, SodaQuery
from pyvo.io import uws

# What is odd about an answer is an error.
warnings.simplefilter("error")
warnings.simplefilter("ignore", ResourceWarning)
base = sys.argv[1]
circle = (150.421375 * u.deg, 2.422383 * u.deg, 0.0002 * u.deg)
links = DatalinkResults.from_result_url(base + "links?ID=hst.fits")
print([row.semantics for row in links], [row.error_message for row in links])
process = links.get_first_proc()
print(fits.open(BytesIO(process.process(circle=circle).read()))[0].data.shape)
query = SodaQuery.from_resource([process], links.get_adhocservice_by_id(process.service_def), circle=circle)
print(fits.open(BytesIO(query.execute_stream().read()))[0].data.shape)

form = urllib.parse.urlencode([("ID", "hst.fits"), ("POS", "CIRCLE 150.421375 2.422383 0.0002"), ("PHASE", "RUN")])
with urllib.request.urlopen(base + "soda/async", form.encode()) as answer:
    address = answer.url
    job = uws.parse_job(BytesIO(answer.read()))
while job.phase not in ("COMPLETED", "ERROR", "ABORTED"):
    time.sleep(0.05)
    job = uws.parse_job(BytesIO(urllib.request.urlopen(address + "?WAIT=5").read()))
print(job.phase, [fits.open(BytesIO(urllib.request.urlopen(one.href).read()))[0].data.shape for one in job.results])
