"""The readers that run in Python: astropy, fitsio, zarr-python, h5py, gdal. Jobs come as lines of JSON (job.ts)."""
import concurrent.futures, hashlib, json, os, sys, tempfile, time, urllib.request, warnings

warnings.simplefilter("ignore")
import fitsio
import fsspec.implementations.http  # noqa: F401  (loading is not what is measured)
import h5py
import numpy as np
import zarr
from astropy.io import fits
from osgeo import gdal

gdal.UseExceptions()


def header_text(shape, name):
    return " x ".join(str(n) for n in shape) + " " + name


def slices(box):
    return tuple(slice(a, b) for a, b in box)


def opened(url, setting, span):
    """A file of fsspec, which unpacks .gz. Settings: `default`, CACHE:BYTES, CACHE:span (the rows of a box)."""
    kwargs = {}
    if setting != "default":
        cache, size = setting.split(":")
        kwargs = {"cache_type": cache, "block_size": int(size.replace("span", str(span)))}
    return fsspec.filesystem("http", skip_instance_cache=True).open(url, compression="infer", **kwargs)


def by_astropy(job):
    want = job["want"]
    with opened(job["url"], job["setting"], job["span"]) as file, fits.open(file) as hdul:
        hdu = hdul[job["hdu"]]
        if want["kind"] == "header":
            return header_text(fits_shape(hdu), hdu.header.get("OBJECT", ""))
        hdu_is_tiled = isinstance(hdu, fits.CompImageHDU)
        if hdu_is_tiled or isinstance(hdu, fits.ImageHDU) or isinstance(hdu, fits.PrimaryHDU):
            # This astropy has no sections of tiled images: it reads all of them.
            part = hdu.data if hdu_is_tiled else hdu.section
            return [part[slices(box)] for box in want["boxes"]]
        return [np.array(hdu.data[want["column"]])]


def fits_shape(hdu):
    if isinstance(hdu, fits.BinTableHDU) and not isinstance(hdu, fits.CompImageHDU):
        return (hdu.header["NAXIS2"], hdu.header["TFIELDS"])
    return hdu.shape


def downloaded(url, connections, into):
    """The whole file, by so many connections at once."""
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
        size = int(answer.headers["Content-Length"])
    step = -(-size // connections)

    def fetch(start):
        header = {"Range": f"bytes={start}-{min(start + step, size) - 1}"}
        with urllib.request.urlopen(urllib.request.Request(url, headers=header)) as answer:
            return answer.read()

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        for part in pool.map(fetch, range(0, size, step)):
            into.write(part)
    into.flush()


def by_fitsio(job):
    """Downloads the file, then reads it: cfitsio's own way with http. Settings: `N connections`."""
    want = job["want"]
    name = os.path.basename(job["url"])
    with tempfile.NamedTemporaryFile(suffix=name) as file:
        downloaded(job["url"], int(job["setting"].split()[0]), file)
        with fitsio.FITS(file.name) as found:
            hdu = found[job["hdu"]]
            if want["kind"] == "column":
                return [hdu.read_column(want["column"])]
            if want["kind"] == "header":
                head = hdu.read_header()
                rows = hdu.get_info()
                shape = rows.get("dims") or (rows["nrows"], len(hdu.get_colnames()))
                return header_text(shape, head.get("OBJECT", "").strip())
            return [hdu[slices(box)] for box in want["boxes"]]


def by_zarr(job):
    """Settings: `loop`, and `threads` with all compressed chunks kept."""
    want = job["want"]
    store = fsspec.filesystem("http", skip_instance_cache=True).get_mapper(job["url"])
    if want["kind"] == "column":
        return [zarr.open(store, mode="r", path=want["column"])[:]]
    if job["setting"] == "threads":
        store = zarr.LRUStoreCache(zarr.storage.FSStore(job["url"], mode="r", skip_instance_cache=True), max_size=2**30)
    array = zarr.open(store, mode="r")
    if want["kind"] == "header":
        return header_text(array.shape, array.attrs["OBJECT"])
    return in_turn(job, lambda box: array[slices(box)])


def in_turn(job, read):
    boxes = job["want"]["boxes"]
    if job["setting"] != "threads":
        return [read(box) for box in boxes]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(read, boxes))


def by_h5py(job):
    want = job["want"]
    with opened(job["url"], job["setting"], job["span"]) as file, h5py.File(file, "r") as found:
        if want["kind"] == "column":
            return [found[want["column"]][:]]
        if want["kind"] == "header":
            shape = found["data"].shape if "data" in found else tuple(found.attrs["SHAPE"])
            return header_text(shape, found.attrs["OBJECT"])
        return [found["data"][slices(box)] for box in want["boxes"]]


TUNED = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_CHUNK_SIZE": "131072",
    "GDAL_INGESTED_BYTES_AT_OPEN": "32768",
    "GDAL_HTTP_MULTIPLEX": "YES",
    "GDAL_CACHEMAX": "512",
    "VSI_CACHE": "YES",
    "GDAL_NUM_THREADS": "ALL_CPUS",
}


def by_gdal(job):
    """A COG by /vsicurl. Settings: `default`, `tuned`."""
    want = job["want"]
    gdal.VSICurlClearCache()
    for name, value in TUNED.items():
        gdal.SetConfigOption(name, value if job["setting"] == "tuned" else None)
    found = gdal.Open("/vsicurl/" + job["url"])
    if want["kind"] == "header":
        return header_text((found.RasterYSize, found.RasterXSize), found.GetMetadataItem("OBJECT"))
    return [found.ReadAsArray(x0, y0, x1 - x0, y1 - y0) for (y0, y1), (x0, x1) in want["boxes"]]


READERS = {
    "astropy": by_astropy,
    "fitsio": by_fitsio,
    "zarr-python": by_zarr,
    "h5py": by_h5py,
    "gdal": by_gdal,
}


def native(array):
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))


def answer(job):
    start = time.perf_counter()
    read = READERS[job["reader"]](job)
    if not isinstance(read, str):
        read = [native(array) for array in read]
    seconds = time.perf_counter() - start
    digest = hashlib.sha256()
    for part in [read.encode()] if isinstance(read, str) else read:
        digest.update(part)
    return {"seconds": seconds, "hash": digest.hexdigest()}


for line in sys.stdin:
    try:
        outcome = answer(json.loads(line))
    except Exception as error:
        outcome = {"error": f"{type(error).__name__}: {error}"[:500]}
    print(json.dumps(outcome), flush=True)
