#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes pytorch.safetensors: the state_dict of a small PyTorch module after three training passes, in float64, and
beside it inputs (example.x) and what the module makes of them in evaluation mode (example.y), flattened."""
import json
import pathlib
import struct

import torch


def write_safetensors(path, tensors):
    header, data = {}, b""
    for key, tensor in tensors.items():
        dtype = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        values = tensor.detach().contiguous().numpy().tobytes()
        header[key] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Residual(torch.nn.Module):
    def __init__(self, lam, *layers):
        super().__init__()
        self.lam, self.body = lam, torch.nn.Sequential(*layers)

    def forward(self, x):
        return x + self.lam * self.body(x)


def main():
    torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    nn = torch.nn
    net = nn.Sequential(
        nn.Linear(3, 4),
        nn.Tanh(),
        nn.BatchNorm1d(4),
        nn.Sequential(Residual(0.5, nn.Linear(4, 4), nn.GELU()), Residual(0.5, nn.Linear(4, 4), nn.GELU())),
        nn.Linear(4, 2, bias=False),
    )
    for _ in range(3):
        net(torch.randn(8, 3))
    net.eval()
    x = torch.randn(5, 3)
    tensors = dict(net.state_dict(), **{"example.x": x.flatten(), "example.y": net(x).flatten()})
    write_safetensors(pathlib.Path(__file__).with_name("pytorch.safetensors"), tensors)


if __name__ == "__main__":
    main()
