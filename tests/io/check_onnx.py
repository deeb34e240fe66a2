# SPDX-License-Identifier: MIT
"""check_onnx.py PROGRAM: runs PROGRAM (write_onnx.cpp) and has its files checked by the Python package onnx."""
import glob
import os
import subprocess
import sys
import tempfile

import onnx


def shape_of(value):
    return [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    paths = sorted(glob.glob(folder + "/*.onnx"))
    for path in paths:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)  # also that the shapes follow from one another
        has_layer_norm = any(node.op_type == "LayerNormalization" for node in model.graph.node)
        versions = [model.ir_version] + [one.version for one in model.opset_import]
        assert versions == ([8, 17] if has_layer_norm else [7, 13]), (path, versions)
        (x,), (y,) = model.graph.input, model.graph.output
        assert x.name == "input" and y.name == "output", path
        kind = onnx.TensorProto.DOUBLE if path.endswith("_double.onnx") else onnx.TensorProto.FLOAT
        assert {one.data_type for one in model.graph.initializer} <= {kind}, path
        # What the graph gives, inferred without what the file says of it.
        said = shape_of(y)
        y.type.tensor_type.ClearField("shape")
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph.output[0]
        assert shape_of(inferred) == said and said[0] == "N", (os.path.basename(path), shape_of(inferred), said)
    assert len(paths) > 30
    print("%d files checked" % len(paths))
