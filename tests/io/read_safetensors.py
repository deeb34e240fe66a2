# SPDX-License-Identifier: MIT
"""read_safetensors.py PROGRAM: runs PROGRAM (write_safetensors.cpp) and checks its files by a reader of its own."""
import json
import struct
import subprocess
import sys
import tempfile


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack_from("<Q", content)
    header, tensors = json.loads(content[8 : 8 + length]), {}
    metadata = header.pop("__metadata__", {})
    for key, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        code, size = {"F32": ("f", 4), "F64": ("d", 8), "I64": ("q", 8)}[entry["dtype"]]
        assert begin % size == 0, key + " is not aligned"
        values = struct.unpack("<%d%s" % ((end - begin) // size, code), content[begin:end])
        tensors[key] = (entry["dtype"], entry["shape"], list(values))
    return metadata, tensors


def check(path, dtype, tenth):
    metadata, tensors = read_safetensors(path)
    assert metadata["format"] == "pt" and metadata["evomlp.network"] == "3 -> 2, 12 parameters in 2 layers", metadata
    expected = {
        "0.weight": (dtype, [2, 3], [0, 1, 2, 10, 11, 12]),
        "0.bias": (dtype, [2], [0, tenth]),
        "1.body.0.weight": (dtype, [2], [1, 1]),
        "1.body.0.bias": (dtype, [2], [0, 0]),
        "1.body.0.running_mean": (dtype, [2], [0, 0]),
        "1.body.0.running_var": (dtype, [2], [1, 1]),
        "1.body.0.num_batches_tracked": ("I64", [], [0]),
    }
    assert tensors == expected, (tensors, expected)


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    check(folder + "/float.safetensors", "F32", struct.unpack("<f", struct.pack("<f", 0.1))[0])
    check(folder + "/double.safetensors", "F64", 0.1)
print("read as written")
