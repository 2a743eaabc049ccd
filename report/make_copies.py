"""Makes the same values in other formats: make_copies.py KIND FITS HDU FOLDER CHUNK

KIND is `image`, `cube` or `table`. FITS is the plain file; CHUNK the side of a chunk (rows of one, of a table). Writes into FOLDER.
"""
import gzip, json, math, os, sys

import h5py
import numpy as np
import zarr
from astropy.io import fits
from numcodecs import GZip, Shuffle
from osgeo import gdal

LEVEL = 5
kind, path, hdu, folder, chunk = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])


def native(array):
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))


def at(name):
    return os.path.join(folder, name)


def zarr2(name, data, chunks, attributes):
    array = zarr.open(
        at(name), mode="w", shape=data.shape, chunks=chunks, dtype=data.dtype, fill_value=0,
        compressor=GZip(LEVEL), filters=[Shuffle(data.dtype.itemsize)],
    )
    array[:] = data
    array.attrs.update(attributes)


def zarr3(name, data, chunks, attributes):
    """Zarr v3: this zarr-python writes a draft of it, so it is written here (spec v3.1)."""
    root = at(name)
    os.makedirs(root, exist_ok=True)
    metadata = {
        "zarr_format": 3, "node_type": "array", "shape": data.shape, "data_type": str(data.dtype),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0,
        "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "gzip", "configuration": {"level": LEVEL}},
        ],
        "attributes": attributes,
    }
    with open(os.path.join(root, "zarr.json"), "w") as file:
        json.dump(metadata, file)
    for index in np.ndindex(*[math.ceil(n / c) for n, c in zip(data.shape, chunks)]):
        part = data[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, chunks))]
        padded = np.zeros(chunks, data.dtype)
        padded[tuple(slice(0, n) for n in part.shape)] = part
        place = os.path.join(root, "c", *map(str, index))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(gzip.compress(padded.tobytes(), LEVEL))


def hdf5(name, datasets, attributes):
    with h5py.File(at(name), "w", libver="latest") as file:
        for title, data, chunks in datasets:
            file.create_dataset(title, data=data, chunks=chunks, compression="gzip", compression_opts=LEVEL, shuffle=True)
        file.attrs.update(attributes)


def cog(name, data, attributes):
    """By GDAL's COG driver, as `gdal_translate -of COG` does; row 0 of the array is row 0 of the file."""
    height, width = data.shape
    memory = gdal.GetDriverByName("MEM").Create("", width, height, 1, gdal.GDT_Int16)
    memory.GetRasterBand(1).WriteArray(data)
    memory.SetMetadata(attributes)
    options = ["COMPRESS=DEFLATE", "PREDICTOR=YES", f"BLOCKSIZE={max(128, chunk)}", "OVERVIEWS=AUTO"]
    gdal.Translate(at(name), memory, format="COG", creationOptions=options)


with fits.open(path) as hdul:
    attributes = {"OBJECT": hdul[hdu].header["OBJECT"]}
    if kind == "table":
        columns = [(name, native(hdul[hdu].data[name])) for name in hdul[hdu].columns.names]
        shape = [len(hdul[hdu].data), len(columns)]
        hdf5("table.h5", [(name, values, (chunk,)) for name, values in columns], {**attributes, "SHAPE": shape})
        for name, values in columns:
            zarr2(f"table.zarr2/{name}", values, (chunk,), attributes)
    else:
        data = native(hdul[hdu].data)
        chunks = (chunk,) * data.ndim
        zarr2(f"{kind}.zarr2", data, chunks, attributes)
        zarr3(f"{kind}.zarr3", data, chunks, attributes)
        hdf5(f"{kind}.h5", [("data", data, chunks)], attributes)
        if kind == "image":
            zarr2("image-rows.zarr2", data, (1, data.shape[1]), attributes)
            cog("image.tif", data, attributes)
