# SPDX-License-Identifier: MIT
# Writes npy.hpp: files in NumPy's formats, byte for byte as NumPy 1.24 writes them.
#   python3 tests/reference/make_npy.py > tests/reference/npy.hpp
import io
import re

import numpy as np


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), version=version, allow_pickle=False)
    return file.getvalue()


def npz(save, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


grid = np.arange(6).reshape(2, 3)
cases = {
    "grid_f4": npy((grid / 4).astype("<f4")),
    "grid_f8_big": npy((grid / 4).astype(">f8")),
    "grid_f8_fortran": npy(np.asfortranarray((grid / 4).astype("<f8"))),
    "cube_i2_fortran": npy(np.asfortranarray(np.arange(24, dtype="<i2").reshape(2, 3, 4))),
    "cube_i2": npy(np.arange(24, dtype="<i2").reshape(2, 3, 4)),
    "line_u1": npy(np.array([0, 1, 255], dtype="u1")),
    "line_i1": npy(np.array([-128, 0, 127], dtype="i1")),
    "line_u2": npy(np.array([0, 65535], dtype="<u2")),
    "line_i4": npy(np.array([-(2**31), 2**31 - 1], dtype="<i4")),
    "line_u4_big": npy(np.array([1, 2**32 - 1], dtype=">u4")),
    "line_i8": npy(np.array([3, -1, 2**31 - 1], dtype="<i8")),
    "line_u8": npy(np.array([2**40], dtype="<u8")),
    "line_bool": npy(np.array([True, False])),
    "version_2": npy(np.array([1.5], dtype="<f4"), version=(2, 0)),
    "version_3": npy(np.array([1.5], dtype="<f4"), version=(3, 0)),
    "labels_i4": npy(np.array([2, 0, 1], dtype="<i4")),
    "empty": npy(np.zeros((0, 3), dtype="<f4")),
    "half": npy(np.array([1], dtype="<f2")),
    "scalar": npy(np.float32(1)),
    "records": npy(np.zeros(1, dtype=[("a", "<f4")])),
    "stored": npz(np.savez, x=grid.astype("<f4"), y=np.array([1, 0])),
    "compressed": npz(np.savez_compressed, x=np.zeros((100, 3), dtype="<f8"), y=np.arange(100)),
}

print("// SPDX-License-Identifier: MIT")
print("// Written by make_npy.py with NumPy " + np.__version__ + ": change that, not this.")
print("#pragma once\n")
print("#include <string_view>\n\nnamespace evomlp_reference {\n")
print("using namespace std::string_view_literals;\n")
for name, data in cases.items():
    text = "".join(chr(b) if 32 <= b < 127 and chr(b) not in "\"\\?" else "\\%03o" % b for b in data)
    lines, line = [], ""
    for piece in re.findall(r"\\\d{3}|.", text):
        if len(line) + len(piece) > 112:
            lines.append(line)
            line = ""
        line += piece
    lines.append(line)
    print("inline constexpr std::string_view npy_%s =" % name)
    print("\n".join('    "%s"' % line for line in lines) + "sv;\n")
print("}  // namespace evomlp_reference")
