# SPDX-License-Identifier: MIT
"""trade_models.py PROGRAM PAGE [MNIST]: models go from PROGRAM (trade_models.cpp) to PyTorch and NumPy and back, and predict
the same for 10,000 images: MNIST's test images, if MNIST is their folder, else drawn here. Reads and writes safetensors
files by the Python of PAGE (docs/how_to/save_for_pytorch.md)."""
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import numpy
import torch
from torch import nn

program, page = sys.argv[1:3]
(snippet,) = [block for block in re.findall("```python\n(.*?)```", pathlib.Path(page).read_text(), re.S) if "def load_file" in block]
exec(snippet)


class Residual(nn.Module):
    def __init__(self, lam, *layers, shortcut=None):
        super().__init__()
        self.lam, self.body = lam, nn.Sequential(*layers)
        if shortcut:
            self.shortcut = shortcut

    def forward(self, x):
        return (self.shortcut(x) if hasattr(self, "shortcut") else x) + self.lam * self.body(x)


class ReZero(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.alpha, self.body = nn.Parameter(torch.zeros(1)), nn.Sequential(*layers)

    def forward(self, x):
        return x + self.alpha * self.body(x)


class Highway(nn.Module):
    def __init__(self, width, *layers):
        super().__init__()
        self.gate, self.body = nn.Linear(width, width), nn.Sequential(*layers)

    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * self.body(x) + (1 - t) * x


def make_net():
    block = lambda: Residual(0.5, nn.Linear(24, 24), nn.BatchNorm1d(24), nn.GELU())
    return nn.Sequential(
        nn.Linear(784, 24),
        nn.BatchNorm1d(24),
        nn.ReLU(),
        nn.Sequential(block(), block()),
        ReZero(nn.Linear(24, 24), nn.Tanh()),
        Highway(24, nn.Linear(24, 24), nn.SiLU()),
        nn.LayerNorm(24),
        nn.ELU(),
        Residual(2.0, nn.Linear(24, 16), nn.LeakyReLU(0.2), shortcut=nn.Linear(24, 16, bias=False)),
        nn.Linear(16, 10),
    )


def draw_images(folder):
    random = numpy.random.default_rng(1)
    labels = random.integers(0, 10, 10000)
    noise = random.normal(0, 60, (10000, 784))
    images = numpy.clip(random.uniform(0, 255, (10, 784))[labels] + noise, 0, 255).astype("u1")
    (folder / "images").write_bytes(struct.pack(">4I", 0x803, 10000, 28, 28) + images.tobytes())
    (folder / "labels").write_bytes(struct.pack(">2I", 0x801, 10000) + labels.astype("u1").tobytes())


def predict(net, x):
    with torch.no_grad():
        return net.eval()(x).numpy()


def check(folder, name, x, tolerance):
    """The program's model here."""
    net = make_net().to(x.dtype)
    tensors = load_file(folder / (name + ".safetensors"))
    net.load_state_dict(tensors)
    arrays = numpy.load(folder / (name + ".npz"))
    assert sorted(arrays) == sorted(key for key in tensors if not key.endswith("num_batches_tracked"))
    assert all((arrays[key] == tensors[key].numpy()).all() and arrays[key].dtype == tensors[key].numpy().dtype for key in arrays)
    expected, y = numpy.load(folder / (name + "_y.npy")), predict(net, x)
    largest = abs(expected).max()
    worst = abs(y - expected).max() / largest
    top = numpy.sort(expected, 1)
    same = expected.argmax(1) == y.argmax(1)
    print("the %s model in PyTorch: differs by %.1e of the largest logit, %d of %d classes the same" % (name, worst, same.sum(), len(same)))
    assert worst <= tolerance and (same | (top[:, 9] - top[:, 8] <= tolerance * largest)).all()


def train(folder, name, x, labels):
    """A model of PyTorch's, for the program."""
    torch.manual_seed(1)
    net = make_net().to(x.dtype)
    rule = torch.optim.Adam(net.parameters())
    for first in range(0, 2000, 50):
        rule.zero_grad()
        nn.functional.cross_entropy(net(x[first : first + 50]), labels[first : first + 50]).backward()
        rule.step()
    tensors = {key: tensor.detach() for key, tensor in net.state_dict().items()}
    save_file(tensors, folder / ("torch_" + name + ".safetensors"))
    numpy.savez(folder / ("torch_" + name + ".npz"), **{key: tensor.numpy() for key, tensor in tensors.items()})
    numpy.save(folder / ("torch_" + name + "_y.npy"), predict(net, x))


torch.set_num_threads(1)
with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    if len(sys.argv) > 3:
        for ours, name in [("images", "t10k-images-idx3-ubyte"), ("labels", "t10k-labels-idx1-ubyte")]:
            (folder / ours).symlink_to(pathlib.Path(sys.argv[3]).resolve() / name)
    else:
        draw_images(folder)
    subprocess.run([program, "write", folder], check=True)
    pixels = numpy.fromfile(folder / "images", "u1")[16:].reshape(-1, 784)
    labels = torch.from_numpy(numpy.fromfile(folder / "labels", "u1")[8:].astype("i8"))
    for name, dtype, tolerance in [("float", "f4", 2e-5), ("double", "f8", 1e-12)]:
        x = torch.from_numpy(pixels.astype(dtype) / numpy.dtype(dtype).type(255))
        check(folder, name, x, tolerance)
        train(folder, name, x, labels)
    subprocess.run([program, "check", folder], check=True)
print("the same both ways")
