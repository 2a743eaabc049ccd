"""The codecs imagecodecs_rcomp, imagecodecs_hcomp and imagecodecs_plio for numcodecs, over libcfitsio.

For machines without the package imagecodecs, whose names and parameters these are: Debian has numcodecs and cfitsio, but
not imagecodecs. Decodes only. Importing this file registers the codecs.
"""

import ctypes
import ctypes.util

import numpy
from numcodecs.abc import Codec
from numcodecs.compat import ensure_bytes, ndarray_copy
from numcodecs.registry import register_codec

cfitsio = ctypes.CDLL(ctypes.util.find_library("cfitsio"))


def delivered(array, out):
    """The array, or `out` filled with its elements: zarr gives `out` where a whole chunk is wanted."""
    return array if out is None else ndarray_copy(array, out)


class Decoder(Codec):
    def encode(self, buf):
        raise NotImplementedError(f"{self.codec_id} only decodes")


class Rcomp(Decoder):
    codec_id = "imagecodecs_rcomp"

    def __init__(self, *, shape, dtype, nblock=None):
        self.shape, self.dtype, self.nblock = tuple(shape), dtype, nblock

    def decode(self, buf, out=None):
        dtype = numpy.dtype(self.dtype)
        name = {1: "fits_rdecomp_byte", 2: "fits_rdecomp_short", 4: "fits_rdecomp"}[dtype.itemsize]
        data = ensure_bytes(buf)
        pixels = numpy.empty(self.shape, dtype)
        place = pixels.ctypes.data_as(ctypes.c_void_p)
        if getattr(cfitsio, name)(data, len(data), place, pixels.size, self.nblock or 32):
            raise ValueError("RICE: the bytes of the chunk are damaged")
        return delivered(pixels, out)


class Hcomp(Decoder):
    codec_id = "imagecodecs_hcomp"

    def __init__(self, *, shape, level=0, smooth=0, safe32=None, squeeze=None):
        self.shape, self.smooth = tuple(shape), int(smooth)

    def decode(self, buf, out=None):
        data = ensure_bytes(buf)
        size = int(numpy.prod(self.shape))
        pixels = numpy.empty(size, numpy.int64)
        ny, nx, scale, status = (ctypes.c_int() for _ in range(4))
        parts = [ctypes.byref(number) for number in (ny, nx, scale, status)]
        place = pixels.ctypes.data_as(ctypes.c_void_p)
        if cfitsio.fits_hdecompress64(data, self.smooth, place, *parts) or ny.value * nx.value != size:
            raise ValueError("HCOMPRESS: the bytes of the chunk are damaged")
        # cfitsio leaves 32-bit integers in the first half of the memory.
        return delivered(pixels.view(numpy.int32)[:size].copy(), out)


class Plio(Decoder):
    codec_id = "imagecodecs_plio"

    def __init__(self, *, shape, dtype=None):
        self.shape, self.dtype = tuple(shape), dtype

    def decode(self, buf, out=None):
        data = ensure_bytes(buf)
        pixels = numpy.empty(self.shape, numpy.int32)
        place = pixels.ctypes.data_as(ctypes.c_void_p)
        if cfitsio.pl_l2pi(data, 1, place, pixels.size) != pixels.size:
            raise ValueError("PLIO: the bytes of the chunk are damaged")
        return delivered(pixels if self.dtype is None else pixels.astype(self.dtype), out)


for codec in (Rcomp, Hcomp, Plio):
    register_codec(codec)
