#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the reference headers of this folder with PyTorch (float64, one thread, fixed seeds).

    python3 make_reference.py          # rewrites layers.hpp, blocks.hpp, losses.hpp, rules.hpp, trajectories.hpp

The structs are in case.hpp. Every net is described once: the functions below give a torch module that carries its C++
type, so text and numbers cannot drift apart. Each case seeds itself by its name; a new case changes no other.
"""
import pathlib
import textwrap
import zlib

import numpy as np
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parent
KINK_MARGIN = 1e-3  # no input of a ReLU or its kind lies nearer to 0: a test in float takes the same side

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


# ---------------------------------------------------------------- nets: a torch module that carries its C++ type

def typed(module, cpp):
    module.cpp = cpp
    return module


def names(modules):
    return ", ".join(m.cpp for m in modules)


def linear(n_in, n_out, bias=True):
    return typed(nn.Linear(n_in, n_out, bias), f"Linear<{n_in}, {n_out}{'' if bias else ', false'}>")


def relu():
    return typed(nn.ReLU(), "ReLU")


def leaky_relu(slope):
    return typed(nn.LeakyReLU(slope), f"LeakyReLU<{slope}>")


def sigmoid():
    return typed(nn.Sigmoid(), "Sigmoid")


def tanh():
    return typed(nn.Tanh(), "Tanh")


def gelu():
    return typed(nn.GELU(), "GELU")  # the erf form


def silu():
    return typed(nn.SiLU(), "SiLU")


def softplus():
    return typed(nn.Softplus(), "Softplus")


def elu(alpha):
    return typed(nn.ELU(alpha), f"ELU<{alpha}>")


def softmax():
    return typed(nn.Softmax(dim=1), "Softmax")


def identity():
    return typed(nn.Identity(), "Identity")


def batch_norm(n):
    return typed(nn.BatchNorm1d(n, eps=1e-5, momentum=0.1), f"BatchNorm1d<{n}>")


def layer_norm(n):
    return typed(nn.LayerNorm(n, eps=1e-5), f"LayerNorm<{n}>")


def sequential(*modules):
    return typed(nn.Sequential(*modules), f"Sequential<{names(modules)}>")


def repeat(n, make):
    """Repeat<N, Ls...> is one entry that holds N * |Ls| modules; make() gives the list Ls."""
    modules = [m for _ in range(n) for m in make()]
    return typed(nn.Sequential(*modules), f"Repeat<{n}, {names(make())}>")


class Residual(nn.Module):
    """y = x + lambda F(x)"""

    def __init__(self, factor, *modules):
        super().__init__()
        self.factor = factor
        self.body = nn.Sequential(*modules)
        self.cpp = f"ResidualBlock<{factor}, {names(modules)}>"

    def forward(self, x):
        return x + self.factor * self.body(x)


class ProjectedResidual(nn.Module):
    """y = shortcut(x) + lambda F(x)"""

    def __init__(self, factor, shortcut, *modules):
        super().__init__()
        self.factor = factor
        self.shortcut = shortcut
        self.body = nn.Sequential(*modules)
        self.cpp = f"ProjectedResidualBlock<{factor}, {shortcut.cpp}, {names(modules)}>"

    def forward(self, x):
        return self.shortcut(x) + self.factor * self.body(x)


class ReZero(nn.Module):
    """y = x + alpha F(x), alpha trained; `start` is the value of alpha in this case, no part of the type"""

    def __init__(self, start, *modules):
        super().__init__()
        self.start = start
        self.alpha = nn.Parameter(torch.zeros(1))
        self.body = nn.Sequential(*modules)
        self.cpp = f"ReZeroBlock<{names(modules)}>"

    def forward(self, x):
        return x + self.alpha * self.body(x)


class Highway(nn.Module):
    """y = T F(x) + (1 - T) x, T = sigmoid(gate(x))"""

    def __init__(self, n, *modules):
        super().__init__()
        self.gate = nn.Linear(n, n)
        self.body = nn.Sequential(*modules)
        self.cpp = f"HighwayBlock<{names(modules)}>"

    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * self.body(x) + (1 - t) * x


# ---------------------------------------------------------------- values

def rounded(t):
    """To multiples of 2^-10: short in the file and exact in float."""
    return torch.round(t * 1024) / 1024


def set_values(net):
    """Random parameters (the norms' scales around 1), everything rounded; statistics as at the start."""
    with torch.no_grad():
        for module in net.modules():
            for key, p in module.named_parameters(recurse=False):
                if isinstance(module, (nn.BatchNorm1d, nn.LayerNorm)):
                    p.copy_(rounded((1 if key == "weight" else 0) + 0.3 * torch.randn_like(p)))
                elif isinstance(module, ReZero):
                    p.fill_(module.start)
                elif key == "weight":
                    p.copy_(rounded(torch.randn_like(p) / p.shape[1] ** 0.5))
                else:
                    p.copy_(rounded(0.3 * torch.randn_like(p)))


def statistics(net):
    return {k: b.detach().clone() for k, b in net.named_buffers() if not k.endswith("num_batches_tracked")}


def seed(name, attempt=0):
    torch.manual_seed(zlib.crc32(name.encode()) + attempt)


class KinkWatch:
    """The smallest |z| that any ReLU, LeakyReLU or ELU of the net has met."""

    def __init__(self, net):
        self.smallest = float("inf")
        for module in net.modules():
            if isinstance(module, (nn.ReLU, nn.LeakyReLU, nn.ELU)):
                module.register_forward_pre_hook(self.see)

    def see(self, _, inputs):
        self.smallest = min(self.smallest, inputs[0].abs().min().item())


# ---------------------------------------------------------------- writing C++

def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors]).tolist() if tensors else []


def number(v):
    """The shortest decimal text that reads back as the same double (at most 17 significant digits); -0 becomes 0."""
    assert np.isfinite(v)
    return repr(float(v) + 0.0)


class Header:
    def __init__(self, what, script="make_reference.py"):
        self.lines = ["// SPDX-License-Identifier: MIT", f"// {what}.",
                      f"// Written by {script}: change that, not this.", "#pragma once", "",
                      '#include "case.hpp"', "", "namespace evomlp_reference {", ""]
        self.lists = {}

    def comment(self, text):
        self.lines += textwrap.wrap(text, 120, initial_indent="// ", subsequent_indent="//   ")

    def raw(self, kind, name, items):
        """An array of finished texts; returns the text that refers to it."""
        if not items:
            return "{}"
        body = textwrap.wrap(", ".join(items), 116, break_long_words=False, break_on_hyphens=False)
        self.lines += [f"inline constexpr {kind} {name}[] = {{"] + ["  " + line for line in body]
        self.lines[-1] += "};"
        return name

    def doubles(self, name, values):
        return self.raw("double", name, [number(v) for v in values])

    def labels(self, name, values):
        return self.raw("std::int32_t", name, [str(int(v)) for v in values])

    def entries(self, name, tensors):
        items, offset = [], 0
        for key, t in tensors:
            items.append(f'  {{"{key}", {offset}, {t.numel()}}},')
            offset += t.numel()
        if not items:
            return "{}"
        self.lines += [f"inline constexpr Entry {name}[] = {{"] + items + ["};"]
        return name

    def initialiser(self, fields):
        """.a = ..., .b = ... wrapped; a text field stands on its own lines."""
        lines, rest = [], []
        for field, value in fields.items():
            if value[0] == '"':
                lines += self.text(f"  .{field} = ", value)
            else:
                rest.append(f".{field}~=~{value}")  # ~ keeps name and value on one line
        wrapped = textwrap.wrap(", ".join(rest), 117, initial_indent="  ", subsequent_indent="  ")
        return lines + [line.replace("~", " ") for line in wrapped]

    @staticmethod
    def text(front, literal):
        """A string literal, split into several where it is too long for a line."""
        parts = textwrap.wrap(literal[1:-1], 80, drop_whitespace=False)
        lines = [f'"{part}"' for part in parts]
        return [(front if i == 0 else " " * len(front)) + line + ("," if i + 1 == len(lines) else "")
                for i, line in enumerate(lines)]

    def case(self, kind, name, fields):
        self.lines += [f"inline constexpr {kind} {name}{{"] + self.initialiser(fields)
        self.lines[-1] += "};"
        self.lines.append("")

    def listed(self, macro, name, text):
        self.lists.setdefault(macro, []).append((name, text))

    def write(self, file):
        self.lines += ["}  // namespace evomlp_reference", ""]
        for macro, items in self.lists.items():
            self.comment(f"{macro}(X): X(name, C++ text...) for every case, so that a test names no case by hand.")
            self.lines.append(f"#define {macro}(X) \\")
            entries = []
            for name, text in items:
                wrapped = textwrap.wrap(f"X({name}, {text})", 114, initial_indent="  ", subsequent_indent="    ",
                                        break_long_words=False, break_on_hyphens=False)
                entries += wrapped
            self.lines += [line + " \\" for line in entries[:-1]] + [entries[-1], ""]
        text = "\n".join(self.lines).rstrip("\n") + "\n"
        assert max(map(len, text.splitlines())) <= 120, max(text.splitlines(), key=len)
        (FOLDER / file).write_text(text)
        print(f"{file:20} {len(text) / 1000:7.1f} kB")


def quoted(text):
    return f'"{text}"'


# ---------------------------------------------------------------- layers and blocks: one training pass

def training_pass(name, make, rows, n_in):
    """Runs one pass; draws again until no ReLU input is near its kink. Returns everything a LayerCase holds."""
    for attempt in range(100):
        net = make()
        seed(name, attempt)
        set_values(net)
        x = rounded(torch.randn(rows, n_in)).requires_grad_()
        watch = KinkWatch(net)
        net.train()
        y = net(x)
        target = rounded(torch.randn(y.shape))
        loss = nn.functional.mse_loss(y, target)
        loss.backward()
        buffers = statistics(net)
        net.eval()
        with torch.no_grad():
            evaluation_y = net(x)
        if watch.smallest > KINK_MARGIN:
            return dict(cpp=net.cpp, parameters=dict(net.named_parameters()), x=x, target=target, y=y, loss=loss,
                        buffers=buffers, evaluation_y=evaluation_y)
    raise RuntimeError(f"{name}: every draw meets a kink")


def write_pass(header, macro, name, make, rows, n_in, entries=None):
    """entries: the name of an array written before, for a second case of the same net."""
    r = training_pass(name, make, rows, n_in)
    p = r["parameters"]
    header.comment(f"{name}: {r['cpp']}")
    fields = {
        "net": quoted(r["cpp"]),
        "rows": str(rows), "in_features": str(n_in), "out_features": str(r["y"].shape[1]),
        "entries": entries or header.entries(f"{name}_entries", p.items()),
        "parameters": header.doubles(f"{name}_parameters", flat(list(p.values()))),
        "x": header.doubles(f"{name}_x", flat([r["x"]])),
        "target": header.doubles(f"{name}_target", flat([r["target"]])),
        "y": header.doubles(f"{name}_y", flat([r["y"]])),
        "loss": number(r["loss"].item()),
        "parameter_gradients": header.doubles(f"{name}_parameter_gradients", flat([t.grad for t in p.values()])),
        "x_gradient": header.doubles(f"{name}_x_gradient", flat([r["x"].grad])),
        "buffer_entries": header.entries(f"{name}_buffer_entries", r["buffers"].items()),
        "buffers": header.doubles(f"{name}_buffers", flat(list(r["buffers"].values()))),
        "evaluation_y": header.doubles(f"{name}_evaluation_y", flat([r["evaluation_y"]]))
        if r["buffers"] else f"{name}_y",  # without statistics both modes give the same bits
    }
    if not r["buffers"]:
        assert torch.equal(r["y"], r["evaluation_y"])
    header.case("LayerCase", name, fields)
    header.listed(macro, name, r["cpp"])
    return r


def write_passes(header, macro, cases):
    results = {}
    for i, (name, n_in, make) in enumerate(cases):
        results[name] = write_pass(header, macro, name, make, 5 + 2 * (i % 2), n_in)
        if not results[name]["buffers"]:
            write_pass(header, macro, name + "_one_row", make, 1, n_in, f"{name}_entries")
    return results


def write_statistics(header, name, make, n_in):
    net = make()
    seed(name)
    set_values(net)
    batches = [rounded(torch.randn(rows, n_in) * (1 + 0.5 * k) + 0.75 * k) for k, rows in enumerate((5, 7, 3))]
    net.train()
    after = []
    with torch.no_grad():
        for x in batches:
            net(x)
            after.append(statistics(net))
        net.eval()
        x = torch.cat(batches)
        y = net(x)
    p = dict(net.named_parameters())
    header.comment(f"{name}: {net.cpp}, three training batches")
    header.case("StatisticsCase", name, {
        "net": quoted(net.cpp), "in_features": str(n_in), "out_features": str(y.shape[1]),
        "entries": header.entries(f"{name}_entries", p.items()),
        "parameters": header.doubles(f"{name}_parameters", flat(list(p.values()))),
        "batch_rows": header.raw("std::size_t", f"{name}_batch_rows", [str(len(b)) for b in batches]),
        "x": header.doubles(f"{name}_x", flat([x])),
        "buffer_entries": header.entries(f"{name}_buffer_entries", after[0].items()),
        "buffers_after_1": header.doubles(f"{name}_buffers_after_1", flat(list(after[0].values()))),
        "buffers_after_3": header.doubles(f"{name}_buffers_after_3", flat(list(after[2].values()))),
        "evaluation_y": header.doubles(f"{name}_evaluation_y", flat([y]))})
    header.listed("EVOMLP_REFERENCE_STATISTICS", name, net.cpp)


def layers():
    header = Header("Layers alone and in plain chains: one training pass each")
    activations = [("relu", relu), ("leaky_relu", lambda: leaky_relu(0.01)),
                   ("leaky_relu_02", lambda: leaky_relu(0.2)), ("sigmoid", sigmoid), ("tanh", tanh),
                   ("gelu", gelu), ("silu", silu), ("identity", identity),
                   ("softmax", softmax)]
    later_activations = [("softplus", softplus), ("elu", lambda: elu(1.0)), ("elu_03", lambda: elu(0.3))]
    cases = [
        ("linear", 3, lambda: sequential(linear(3, 5))),
        ("linear_without_bias", 5, lambda: sequential(linear(5, 3, bias=False))),
        ("linear_one_output", 17, lambda: sequential(linear(17, 1))),
        ("linear_one_input", 1, lambda: sequential(linear(1, 9))),
        ("linear_wide", 19, lambda: sequential(linear(19, 13))),
    ]
    cases += [(f"linear_{name}", 3, lambda make=make: sequential(linear(3, 7), make())) for name, make in activations]
    # An activation between two products and one in front of everything.
    cases += [(f"{name}_between", 3, lambda make=make: sequential(make(), linear(3, 5), make(), linear(5, 2)))
              for name, make in activations]
    cases += [
        ("batch_norm_first", 3, lambda: sequential(batch_norm(3))),
        ("batch_norm_relu", 4, lambda: sequential(linear(4, 5), batch_norm(5), relu())),
        ("relu_batch_norm", 4, lambda: sequential(linear(4, 5), relu(), batch_norm(5))),
        ("batch_norm_deep", 3, lambda: sequential(linear(3, 7), batch_norm(7), relu(), linear(7, 5), tanh(),
                                                  batch_norm(5), linear(5, 2))),
        ("layer_norm_first", 3, lambda: sequential(layer_norm(3))),
        ("layer_norm_relu", 4, lambda: sequential(linear(4, 17), layer_norm(17), relu(), linear(17, 2))),
        ("layer_norm_deep", 3, lambda: sequential(linear(3, 7), relu(), layer_norm(7), linear(7, 5), tanh(),
                                                  layer_norm(5), linear(5, 2))),
    ]
    cases += [(f"{name}_between", 3, lambda make=make: sequential(make(), linear(3, 5), make(), linear(5, 2)))
              for name, make in later_activations]
    results = write_passes(header, "EVOMLP_REFERENCE_LAYERS", cases)
    write_statistics(header, "statistics_first", lambda: sequential(batch_norm(3)), 3)
    write_statistics(header, "statistics_batch_norm_relu", lambda: sequential(linear(4, 5), batch_norm(5), relu()), 4)
    write_statistics(header, "statistics_relu_batch_norm", lambda: sequential(linear(4, 5), relu(), batch_norm(5)), 4)
    header.write("layers.hpp")
    return results


def blocks():
    header = Header("Composition: nested lists, repeats and blocks; one training pass each")
    cases = [
        ("nested_sequential", 3, lambda: sequential(sequential(linear(3, 5), tanh()), sequential(sequential(
            linear(5, 7), silu()), linear(7, 4)), linear(4, 2))),
        ("repeat", 3, lambda: sequential(linear(3, 5), tanh(), repeat(3, lambda: [linear(5, 5), sigmoid()]),
                                         linear(5, 2))),
        ("repeat_one", 4, lambda: sequential(repeat(1, lambda: [linear(4, 4), relu()]), linear(4, 3))),
        ("repeat_residual", 3, lambda: sequential(linear(3, 5), relu(), repeat(3, lambda: [Residual(
            0.5, linear(5, 5), relu())]), linear(5, 2))),
        ("repeat_nested", 4, lambda: sequential(repeat(2, lambda: [sequential(linear(4, 4), tanh()), Residual(
            0.5, linear(4, 4))]), linear(4, 3))),
        ("residual_5", 5, lambda: sequential(Residual(5.0, linear(5, 5), relu()))),
        ("residual_01", 5, lambda: sequential(linear(5, 4), Residual(0.1, linear(4, 4), tanh()), linear(4, 3))),
        ("residual_0", 5, lambda: sequential(linear(5, 4), Residual(0.0, linear(4, 4), relu()), linear(4, 3))),
        ("residual_minus_1", 5, lambda: sequential(linear(5, 4), Residual(-1.0, linear(4, 4), silu()), linear(4, 3))),
        ("residual_linear_last", 3, lambda: sequential(linear(3, 5), Residual(0.5, relu(), linear(5, 7), relu(),
                                                                              linear(7, 5)), relu())),
        ("residual_nested", 3, lambda: sequential(linear(3, 4), Residual(0.5, linear(4, 4), Residual(
            -2.0, linear(4, 4), tanh()), silu()), linear(4, 2))),
        ("residual_nested_first", 4, lambda: sequential(Residual(2.0, Residual(0.5, linear(4, 4), relu()), Residual(
            0.5, linear(4, 4), relu())))),
        ("residual_batch_norm", 3, lambda: sequential(linear(3, 5), Residual(0.5, linear(5, 5), batch_norm(5), relu()),
                                                      linear(5, 2))),
        ("residual_pre_norm", 5, lambda: sequential(Residual(5.0, batch_norm(5), linear(5, 5), relu()), linear(5, 3))),
        ("projected_05", 3, lambda: sequential(ProjectedResidual(0.5, linear(3, 5), linear(3, 7), tanh(), linear(7, 5)),
                                               linear(5, 2))),
        ("projected_minus_1", 5, lambda: sequential(linear(5, 4), relu(), ProjectedResidual(
            -1.0, linear(4, 3, bias=False), linear(4, 3), relu()))),
        ("projected_sequential", 4, lambda: sequential(ProjectedResidual(0.5, sequential(linear(4, 3), batch_norm(3)),
                                                                         linear(4, 3), batch_norm(3), relu()))),
        ("rezero_03", 3, lambda: sequential(linear(3, 5), ReZero(0.3, linear(5, 5), tanh()), linear(5, 2))),
        ("rezero_0", 5, lambda: sequential(ReZero(0.0, linear(5, 5), relu()), linear(5, 3))),
        ("highway", 3, lambda: sequential(linear(3, 5), Highway(5, linear(5, 5), tanh()), linear(5, 2))),
        ("highway_first", 4, lambda: sequential(Highway(4, linear(4, 6), relu(), linear(6, 4)))),
        ("highway_batch_norm", 4, lambda: sequential(Highway(4, linear(4, 4), batch_norm(4), relu()), linear(4, 3))),
        ("all_blocks", 3, lambda: sequential(linear(3, 4), relu(), repeat(2, lambda: [Residual(
            0.5, linear(4, 4), batch_norm(4), relu())]), ReZero(0.25, linear(4, 4), silu()), Highway(
            4, linear(4, 4), tanh()), ProjectedResidual(0.5, linear(4, 3), linear(4, 3), gelu()), linear(3, 2))),
    ]
    results = write_passes(header, "EVOMLP_REFERENCE_BLOCKS", cases)
    header.write("blocks.hpp")
    return results


# ---------------------------------------------------------------- losses

def losses():
    header = Header("Losses alone: value and gradient")

    def half_sum_per_sample(p, t):
        return ((p - t) ** 2).sum(dim=1).mean() / 2

    def write(array, function, items):
        records = []
        for i, (what, prediction, target) in enumerate(items):
            p = prediction.clone().requires_grad_()
            value = function(p, target)
            value.backward()
            name = f"{array}_{i}"
            is_labels = target.dtype == torch.int64
            records.append({
                "what": quoted(what), "rows": str(p.shape[0]), "cols": str(p.shape[1]),
                "prediction": header.doubles(f"{name}_prediction", flat([p])),
                "target": "{}" if is_labels else header.doubles(f"{name}_target", flat([target])),
                "labels": header.labels(f"{name}_labels", target.tolist()) if is_labels else "{}",
                "value": number(value.item()), "gradient": header.doubles(f"{name}_gradient", flat([p.grad]))})
        header.lines.append(f"inline constexpr LossCase {array}_cases[] = {{")
        for r in records:
            lines = header.initialiser(r)
            header.lines += ["  {" + lines[0].strip()] + [" " + line for line in lines[1:]]
            header.lines[-1] += "},"
        header.lines += ["};", ""]

    def drawn(name, rows, cols, scale=1.0):
        seed(name)
        return rounded(scale * torch.randn(rows, cols)), rounded(torch.randn(rows, cols))

    regression = [(f"{r} x {c}", *drawn(f"regression {r} {c}", r, c))
                  for r, c in ((5, 3), (7, 1), (1, 3), (1, 1), (6, 17))]
    regression += [("prediction equals target", regression[0][2], regression[0][2]),
                   ("predictions of +-1e4", torch.tensor([[1e4, -1e4], [-1e4, 1e4]]),
                    torch.tensor([[0.5, 1.0], [-1e4, -2.0]]))]
    header.comment("MSELoss: mean over all elements of (p - t)^2")
    write("mse", nn.functional.mse_loss, regression)
    header.comment("MSELoss{.reduction = Reduction::half_sum_per_sample}: sum over features of (p - t)^2 / 2, "
                   "mean over samples")
    write("half_sum_per_sample", half_sum_per_sample, regression)

    header.comment("L1Loss: mean over all elements of |p - t|")
    write("l1", nn.functional.l1_loss, regression)
    header.comment("HuberLoss<1>, HuberLoss<0.5>: mean over all elements of e^2 / 2, beyond |e| = delta of "
                   "delta (|e| - delta / 2)")
    write("huber", nn.functional.huber_loss, regression)
    write("huber_half", lambda p, t: nn.functional.huber_loss(p, t, delta=0.5), regression)

    def binary(name, rows, cols, scale=2.0):
        p, t = drawn(name, rows, cols, scale)
        return p, (t > 0).double()

    big = torch.tensor([[1e4, -1e4, 1e4, -1e4, 0.0]])
    header.comment("BCEWithLogitsLoss: mean over all elements of log(1 + exp(p)) - t p")
    write("bce_with_logits", nn.functional.binary_cross_entropy_with_logits, [
        ("7 x 1", *binary("bce 7 1", 7, 1)), ("5 x 3", *binary("bce 5 3", 5, 3)), ("1 x 1", *binary("bce 1 1", 1, 1)),
        ("1 x 2", *binary("bce 1 2", 1, 2)), ("6 x 17", *binary("bce 6 17", 6, 17)),
        ("targets between 0 and 1", drawn("bce soft", 5, 2)[0], rounded(torch.sigmoid(drawn("bce soft", 5, 2)[1]))),
        ("logits of +-1e4, all right", big, torch.tensor([[1.0, 0.0, 1.0, 0.0, 1.0]])),
        ("logits of +-1e4, half wrong", big, torch.tensor([[0.0, 1.0, 1.0, 0.0, 0.0]])),
        ("logits of +-30", torch.tensor([[30.0], [-30.0], [30.0], [-30.0]]),
         torch.tensor([[1.0], [0.0], [0.0], [1.0]])),
    ])

    def classes(name, rows, cols, scale=2.0):
        p, _ = drawn(name, rows, cols, scale)
        return p, torch.randint(0, cols, (rows,))

    header.comment("CrossEntropyLoss: mean over rows of log(sum of exp(p)) - p[label]")
    write("cross_entropy", nn.functional.cross_entropy, [
        *((f"{r} x {c}", *classes(f"ce {r} {c}", r, c)) for r, c in ((5, 3), (7, 10), (7, 2), (1, 2), (1, 5), (6, 17))),
        ("equal logits", torch.full((3, 4), 0.5), torch.tensor([0, 1, 3])),
        ("logits of +-1e4, all right", torch.tensor([[1e4, -1e4, 0.0], [-1e4, 0.0, 1e4]]), torch.tensor([0, 2])),
        ("logits of +-1e4, wrong", torch.tensor([[1e4, -1e4, 0.0], [-1e4, 0.0, 1e4], [1.0, -1e4, 2.0]]),
         torch.tensor([1, 1, 2])),
        ("all logits near 1e4", torch.tensor([[1e4, 1e4 + 1, 1e4 - 2], [-1e4, -1e4, -1e4 + 3]]), torch.tensor([2, 0])),
    ])
    header.comment("CrossEntropyLoss{.label_smoothing = 0.1}")
    write("smoothed", lambda p, t: nn.functional.cross_entropy(p, t, label_smoothing=0.1), [
        *((f"{r} x {c}", *classes(f"smoothed {r} {c}", r, c)) for r, c in ((5, 3), (7, 2), (1, 5), (6, 17), (2, 1))),
        ("logits of +-1e4", torch.tensor([[1e4, -1e4, 0.0], [-1e4, 0.0, 1e4]]), torch.tensor([0, 1])),
    ])
    header.write("losses.hpp")


# ---------------------------------------------------------------- update rules

SIZE, STEPS = 7, 10


def soft_threshold(w, by):
    return torch.sign(w) * torch.clamp(w.abs() - by, min=0)


def steps_of(make_optimizer, start, gradients, before=None, clip_update=None, after=None):
    """The vector after each step. before(gradient, w) gives the gradient that the optimizer sees."""
    w = nn.Parameter(start.clone())
    optimizer = make_optimizer([w])
    out = []
    for g in gradients:
        w.grad = g.clone()
        if before:
            before(w)
        old = w.detach().clone()
        optimizer.step()
        with torch.no_grad():
            if clip_update:
                w.copy_(old - torch.clamp(old - w, -clip_update, clip_update))
            if after:
                w.copy_(after(w))
        out.append(w.detach().clone())
    return torch.stack(out)


def clip_value(w):
    nn.utils.clip_grad_value_([w], 0.5)


def clip_norm(w):
    nn.utils.clip_grad_norm_([w], 1.0)


def l1(w):
    w.grad += 0.05 * torch.sign(w.detach())


def l2(w):
    w.grad += 2 * 0.05 * w.detach()


def in_order(*transforms):
    def all_of(w):
        for t in transforms:
            t(w)
    return all_of


def rules():
    header = Header(f"Update rules: {STEPS} steps each on the same {SIZE} elements with the same gradients")
    seed("rules")
    start = rounded(torch.randn(SIZE))
    start[2] = 0.0  # sign(0) = 0
    start[5] = 0.015625  # the soft threshold makes it an exact zero
    # Both sides of every clip: norms below and above 1, elements below and above 0.5.
    scale = torch.tensor([1.0, 0.2, 2.0, 0.1, 0.5, 1.0, 0.3, 0.05, 3.0, 0.4])
    gradients = rounded(torch.randn(STEPS, SIZE) * scale[:, None])
    gradients[:3, 2] = 0.0
    gradients[:2, 5] = 0.0
    norms = gradients.norm(dim=1)
    assert (norms < 0.9).any() and (norms > 1.1).any() and (gradients.abs() > 0.5).any()
    header.comment("Shared by all cases: an element of exactly 0 with zero gradients first; norms on both sides of 1.")
    header.doubles("rule_start", start.tolist())
    header.doubles("rule_gradients", flat([gradients]))
    header.lines.append("")

    optim = torch.optim
    sgd = ("SGD{.lr = 0.1}", lambda p: optim.SGD(p, lr=0.1))
    momentum = ("Momentum{.lr = 0.1, .momentum = 0.9}", lambda p: optim.SGD(p, lr=0.1, momentum=0.9))
    nesterov = ("Momentum{.lr = 0.1, .momentum = 0.9, .nesterov = true}",
                lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True))
    adam = ("Adam{}", lambda p: optim.Adam(p))
    adam_set = ("Adam{.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6}",
                lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6))
    adamw = ("AdamW{.lr = 0.05, .weight_decay = 0.1}", lambda p: optim.AdamW(p, lr=0.05, weight_decay=0.1))
    rmsprop = ("RMSprop{}", lambda p: optim.RMSprop(p))
    rmsprop_set = ("RMSprop{.lr = 0.05, .alpha = 0.9, .eps = 1e-4}",
                   lambda p: optim.RMSprop(p, lr=0.05, alpha=0.9, eps=1e-4))
    base = {"sgd": sgd, "momentum": momentum, "nesterov": nesterov, "adam": adam, "adam_set": adam_set, "adamw": adamw,
            "rmsprop": rmsprop, "rmsprop_set": rmsprop_set}

    results = {}

    def write(name, text, make, **policies):
        after = results[name] = steps_of(make, start, gradients, **policies)
        header.comment(f"{name}: {text}")
        header.case("RuleCase", name, {
            "chain": quoted(text), "size": str(SIZE), "steps": str(STEPS), "start": "rule_start",
            "gradients": "rule_gradients", "after": header.doubles(f"{name}_after", flat([after]))})
        header.listed("EVOMLP_REFERENCE_RULES", name, text)

    for name, (text, make) in base.items():
        write(name, text, make)
    write("sgd_l2", f"chain(L2{{.lambda = 0.05}}, {sgd[0]})", lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1))
    write("adam_set_l2", f"chain(L2{{.lambda = 0.05}}, {adam_set[0]})",
          lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1))
    write("sgd_l1", f"chain(L1{{.lambda = 0.05}}, {sgd[0]})", sgd[1], before=l1)
    for name in ("sgd", "momentum", "adam", "adam_set"):
        text, make = base[name]
        write(f"{name}_clip_grad_value", f"chain(ClipGradValue{{0.5}}, {text})", make, before=clip_value)
        write(f"{name}_clip_grad_norm", f"chain(ClipGradNorm{{1.0}}, {text})", make, before=clip_norm)
    for name in ("sgd", "momentum", "nesterov", "adam_set"):
        text, make = base[name]
        write(f"{name}_clip_update", f"chain({text}, ClipUpdateValue{{0.02}})", make, clip_update=0.02)
    # The order written is the order done.
    write("sgd_clip_value_then_l2", f"chain(ClipGradValue{{0.5}}, L2{{.lambda = 0.05}}, {sgd[0]})", sgd[1],
          before=in_order(clip_value, l2))
    write("sgd_l2_then_clip_value", f"chain(L2{{.lambda = 0.05}}, ClipGradValue{{0.5}}, {sgd[0]})", sgd[1],
          before=in_order(l2, clip_value))
    write("sgd_clip_norm_then_l2", f"chain(ClipGradNorm{{1.0}}, L2{{.lambda = 0.05}}, {sgd[0]})", sgd[1],
          before=in_order(clip_norm, l2))
    write("sgd_l2_then_clip_norm", f"chain(L2{{.lambda = 0.05}}, ClipGradNorm{{1.0}}, {sgd[0]})", sgd[1],
          before=in_order(l2, clip_norm))
    write("sgd_proximal_l1", f"chain({sgd[0]}, ProximalL1{{.lambda = 0.3}})", sgd[1],
          after=lambda w: soft_threshold(w, 0.1 * 0.3))
    assert (results["sgd_proximal_l1"] == 0).any()
    header.write("rules.hpp")
    return start, gradients, results


# ---------------------------------------------------------------- trajectories

def trajectory(make_optimizer, values, x, labels, batch=16, steps=100):
    net = sequential(linear(6, 9), batch_norm(9), relu(), linear(9, 7), tanh(), batch_norm(7), linear(7, 3))
    with torch.no_grad():
        for p, v in zip(net.parameters(), values):
            p.copy_(v)
    optimizer = make_optimizer(net.parameters())
    net.train()
    history = []
    for step in range(steps):
        first = step * batch % len(x)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x[first:first + batch]), labels[first:first + batch])
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return net, history


def trajectories():
    header = Header("Trajectories: 100 steps with CrossEntropyLoss, batches of 16 in order from 64 samples, cycled")
    seed("trajectories")
    net = sequential(linear(6, 9), batch_norm(9), relu(), linear(9, 7), tanh(), batch_norm(7), linear(7, 3))
    set_values(net)
    start = {k: p.detach().clone() for k, p in net.named_parameters()}
    x = rounded(torch.randn(64, 6))
    # Classes that can be learnt in part: the loss neither stays nor goes to 0.
    labels = (x[:, :3] + x[:, 3:] ** 2 + 0.5 * torch.randn(64, 3)).argmax(dim=1)
    header.comment(net.cpp)
    entries = header.entries("trajectory_entries", start.items())
    buffer_entries = header.entries("trajectory_buffer_entries", statistics(net).items())
    header.doubles("trajectory_parameters", flat(list(start.values())))
    header.doubles("trajectory_x", flat([x]))
    header.labels("trajectory_labels", labels.tolist())
    header.lines.append("")
    optim = torch.optim
    for name, text, make in (
            ("trajectory_sgd", "SGD{.lr = 0.05}", lambda p: optim.SGD(p, lr=0.05)),
            ("trajectory_momentum", "Momentum{.lr = 0.05, .momentum = 0.9}",
             lambda p: optim.SGD(p, lr=0.05, momentum=0.9)),
            ("trajectory_adam", "Adam{.lr = 1e-2}", lambda p: optim.Adam(p, lr=1e-2))):
        trained, history = trajectory(make, start.values(), x, labels)
        # How much rounding grows: the same run from parameters that differ by 1e-15 of their value.
        moved = [v * (1 + 1e-15 * torch.randn_like(v)) for v in start.values()]
        other, other_history = trajectory(make, moved, x, labels)
        loss_gap = max(abs(a - b) for a, b in zip(history, other_history))
        gap = max((a - b).abs().max().item() for a, b in zip(trained.parameters(), other.parameters()))
        print(f"{name}: loss {history[0]:.4f} -> {history[-1]:.4f}; start moved by 1e-15: losses differ by "
              f"{loss_gap:.1e}, final parameters by {gap:.1e}")
        header.comment(f"{name}: {text}")
        header.case("TrajectoryCase", name, {
            "net": quoted(net.cpp), "chain": quoted(text), "rows": "64", "in_features": "6", "batch_size": "16",
            "entries": entries, "parameters": "trajectory_parameters", "x": "trajectory_x",
            "labels": "trajectory_labels",
            "losses": header.doubles(f"{name}_losses", history),
            "final_parameters": header.doubles(f"{name}_final_parameters", flat(list(trained.parameters()))),
            "buffer_entries": buffer_entries,
            "final_buffers": header.doubles(f"{name}_final_buffers", flat(list(statistics(trained).values())))})
        header.listed("EVOMLP_REFERENCE_TRAJECTORIES", name, text)
    header.write("trajectories.hpp")


# ---------------------------------------------------------------- independent checks with numpy, derivatives by hand

def numpy_of(r):
    p = {k: v.detach().numpy() for k, v in r["parameters"].items()}
    g = {k: v.grad.numpy() for k, v in r["parameters"].items()}
    return p, g, r["x"].detach().numpy(), r["target"].numpy(), r["y"].detach().numpy()


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def check_batch_norm_relu(r):
    p, g, x, target, y = numpy_of(r)
    n = len(x)
    z = x @ p["0.weight"].T + p["0.bias"]
    mean, variance = z.mean(axis=0), z.var(axis=0)
    h = (z - mean) / np.sqrt(variance + 1e-5)
    a = np.maximum(h * p["1.weight"] + p["1.bias"], 0)
    same(a, y)
    same(((a - target) ** 2).mean(), r["loss"].item())
    d = 2 * (a - target) / a.size * (a > 0)
    same((d * h).sum(axis=0), g["1.weight"])
    same(d.sum(axis=0), g["1.bias"])
    d = d * p["1.weight"]
    dz = (d - d.mean(axis=0) - h * (d * h).mean(axis=0)) / np.sqrt(variance + 1e-5)
    same(dz.T @ x, g["0.weight"])
    same(dz.sum(axis=0), g["0.bias"])
    same(dz @ p["0.weight"], r["x"].grad.numpy())
    same(0.1 * mean, r["buffers"]["1.running_mean"].numpy())
    same(0.9 + 0.1 * variance * n / (n - 1), r["buffers"]["1.running_var"].numpy())
    z = (z - 0.1 * mean) / np.sqrt(0.9 + 0.1 * variance * n / (n - 1) + 1e-5)
    same(np.maximum(z * p["1.weight"] + p["1.bias"], 0), r["evaluation_y"].numpy())


def check_highway(r):
    p, g, x, target, y = numpy_of(r)
    x1 = x @ p["0.weight"].T + p["0.bias"]
    t = 1 / (1 + np.exp(-(x1 @ p["1.gate.weight"].T + p["1.gate.bias"])))
    f = np.tanh(x1 @ p["1.body.0.weight"].T + p["1.body.0.bias"])
    x2 = t * f + (1 - t) * x1
    out = x2 @ p["2.weight"].T + p["2.bias"]
    same(out, y)
    d = 2 * (out - target) / out.size
    same(d.T @ x2, g["2.weight"])
    d = d @ p["2.weight"]
    dgate, dbody = d * (f - x1) * t * (1 - t), d * t * (1 - f * f)
    same(dgate.T @ x1, g["1.gate.weight"])
    same(dgate.sum(axis=0), g["1.gate.bias"])
    same(dbody.T @ x1, g["1.body.0.weight"])
    same(dbody.sum(axis=0), g["1.body.0.bias"])
    d = d * (1 - t) + dgate @ p["1.gate.weight"] + dbody @ p["1.body.0.weight"]
    same(d.T @ x, g["0.weight"])
    same(d @ p["0.weight"], r["x"].grad.numpy())


def check_residual(r):
    p, g, x, target, y = numpy_of(r)
    z = x @ p["0.body.0.weight"].T + p["0.body.0.bias"]
    same(x + 5 * np.maximum(z, 0), y)
    d = 2 * (y - target) / y.size
    dz = 5 * d * (z > 0)
    same(dz.T @ x, g["0.body.0.weight"])
    same(dz.sum(axis=0), g["0.body.0.bias"])
    same(d + dz @ p["0.body.0.weight"], r["x"].grad.numpy())


def check_rules(start, gradients, results):
    g_all = gradients.numpy()

    def adam(lr, beta1, beta2, eps, decay=0.0, norm=None, clip=np.inf):
        w, m, v, out = start.numpy().copy(), np.zeros(SIZE), np.zeros(SIZE), []
        for k, g in enumerate(g_all, 1):
            if norm:
                g = g * min(1.0, norm / (np.sqrt((g * g).sum()) + 1e-6))
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
            w = w - lr * decay * w
            w = w - np.clip(lr * (m / (1 - beta1 ** k)) / (np.sqrt(v / (1 - beta2 ** k)) + eps), -clip, clip)
            out.append(w)
        return np.array(out)

    same(adam(1e-3, 0.9, 0.999, 1e-8), results["adam"].numpy())
    same(adam(0.05, 0.8, 0.95, 1e-6, norm=1.0), results["adam_set_clip_grad_norm"].numpy())
    same(adam(0.05, 0.8, 0.95, 1e-6, clip=0.02), results["adam_set_clip_update"].numpy())
    same(adam(0.05, 0.9, 0.999, 1e-8, decay=0.1), results["adamw"].numpy())
    w, v = start.numpy().copy(), np.zeros(SIZE)
    for k, g in enumerate(g_all):
        v = 0.9 * v + 0.1 * g * g
        w = w - 0.05 * g / (np.sqrt(v) + 1e-4)
        same(w, results["rmsprop_set"].numpy()[k])
    w, v = start.numpy().copy(), np.zeros(SIZE)
    for k, g in enumerate(g_all):
        v = 0.9 * v + g
        w = w - 0.1 * (g + 0.9 * v)
        same(w, results["nesterov"].numpy()[k])


def main():
    print(f"PyTorch {torch.__version__}, NumPy {np.__version__}")
    layer_results, block_results = layers(), blocks()
    losses()
    rule_results = rules()
    trajectories()
    check_batch_norm_relu(layer_results["batch_norm_relu"])
    check_highway(block_results["highway"])
    check_residual(block_results["residual_5"])
    check_rules(*rule_results)
    print("numpy agrees")


if __name__ == "__main__":
    main()
