#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes pytorch.onnx: a module of PyTorch's with most layers and every block, exported by torch.onnx.export (opset 13)
after three training passes; and beside it pytorch_onnx.safetensors, its state_dict with inputs (example.x) and what the
module makes of them in evaluation mode (example.y), flattened."""
import pathlib

import torch
from make_pytorch_file import Residual, write_safetensors


class Projected(torch.nn.Module):
    def __init__(self, lam, shortcut, *layers):
        super().__init__()
        self.lam, self.shortcut, self.body = lam, shortcut, torch.nn.Sequential(*layers)

    def forward(self, x):
        return self.lam * self.body(x) + self.shortcut(x)


class ReZero(torch.nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.alpha, self.body = torch.nn.Parameter(torch.tensor([0.7])), torch.nn.Sequential(*layers)

    def forward(self, x):
        return x + self.alpha * self.body(x)


class Highway(torch.nn.Module):
    def __init__(self, width, *layers):
        super().__init__()
        self.gate, self.body = torch.nn.Linear(width, width), torch.nn.Sequential(*layers)

    def forward(self, x):
        f = self.body(x)
        gate = torch.sigmoid(self.gate(x))
        return (1 - gate) * x + gate * f


def main():
    torch.manual_seed(5)
    nn = torch.nn
    net = nn.Sequential(
        nn.Linear(3, 6),
        nn.BatchNorm1d(6, eps=1e-3),
        nn.LeakyReLU(0.2),
        nn.Sequential(Residual(1.0, nn.Linear(6, 6), nn.GELU()), Residual(0.5, nn.Linear(6, 6, bias=False), nn.SiLU())),
        nn.Dropout(0.5),
        ReZero(nn.Linear(6, 6), nn.Tanh(), nn.Identity()),
        Highway(6, nn.Linear(6, 6), nn.ReLU()),
        Projected(0.25, nn.Linear(6, 4, bias=False), nn.Linear(6, 4), nn.Sigmoid()),
        nn.Linear(4, 2),
        nn.Softmax(dim=1),
    )
    for _ in range(3):
        net(torch.randn(8, 3))
    net.eval()
    x = torch.randn(5, 3)
    folder = pathlib.Path(__file__).parent
    torch.onnx.export(
        net, x, folder / "pytorch.onnx", opset_version=13, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}})
    example = {"example.x": x.flatten(), "example.y": net(x).flatten()}
    write_safetensors(folder / "pytorch_onnx.safetensors", dict(net.state_dict(), **example))


main()
