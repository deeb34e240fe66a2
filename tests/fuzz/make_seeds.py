#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes corpus/<reader>/: valid files to start from, one for each thing that a reader knows."""
import gzip
import io
import json
import pathlib
import struct

import numpy

here = pathlib.Path(__file__).parent / "corpus"


def write(name, content):
    (here / name).parent.mkdir(parents=True, exist_ok=True)
    (here / name).write_bytes(content)


def npy(array, version=None):
    file = io.BytesIO()
    numpy.lib.format.write_array(file, array, version)
    return file.getvalue()


def npz(save, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def idx(*sizes, content):
    return bytes([0, 0, 8, len(sizes)]) + struct.pack(">%dI" % len(sizes), *sizes) + content


numbers = numpy.arange(6).reshape(3, 2)
for kind in ["?", "i1", "u1", ">i2", "<u4", ">i8", "<f4", ">f8"]:
    write("npy/" + kind.strip("<>").replace("?", "bool") + ".npy", npy(numbers.astype(kind)))
write("npy/fortran.npy", npy(numpy.asfortranarray(numpy.arange(24.0).reshape(2, 3, 4))))
write("npy/version_2.npy", npy(numbers.astype("f4"), (2, 0)))
write("npy/empty.npy", npy(numpy.zeros((0, 3))))

write("npz/stored.npz", npz(numpy.savez, x=numbers.astype("f4"), y=numpy.arange(3)))
model = {"0.weight": numpy.ones((1, 2), ">f8"), "0.bias": numpy.zeros(1, "f4")}
write("npz/model.npz", npz(numpy.savez, **model))
write("npz/deflated.npz", npz(numpy.savez_compressed, x=numpy.zeros((20, 20), "f4")))

images, labels = idx(2, 2, 3, content=bytes(range(12))), idx(2, content=bytes([1, 0]))
write("idx/pair", struct.pack(">H", len(images)) + images + labels)

write("gzip/text.gz", gzip.compress(b"a text, a text, a text", mtime=0))
write("gzip/two.gz", gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0))

def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


header, data = {"__metadata__": {"format": "pt", "\u00e4": "\n"}}, b""
for dtype in ["F64", "I64", "U64", "F32", "I32", "U32", "F16", "BF16", "I16", "U16", "I8", "U8", "BOOL"]:
    size = {"BF16": 2, "BOOL": 1}.get(dtype) or int(dtype[1:]) // 8
    header["a." + dtype] = {"dtype": dtype, "shape": [2, 1], "data_offsets": [len(data), len(data) + 2 * size]}
    data += bytes(2 * size)
write("safetensors/dtypes.safetensors", safetensors(header, data))
write("checkpoint/empty.ckpt", safetensors({}, b""))

write("csv/numbers", b"\1a,b,c\n1,2.5,-3e2\n4,NA,0\n")
write("csv/classes", b"\1x,kind\n1,yes\n2,no\n")
write("csv/quoted", b'\7"a;1"; b\r\n"1""2"; 3 \r\n')
write("csv/bare", b"\0" + b"1\n\n2\n")
