#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what training beyond the plain step is compared with: schedules, metrics, weighted losses, parameter groups.

    python3 make_training_reference.py          # rewrites schedules.hpp, metrics.hpp, weighted.hpp, groups.hpp

Schedules, losses and groups come from PyTorch, metrics from their formulas in NumPy. Built like make_reference.py, whose
helpers it uses.
"""
import math

import numpy as np
import torch
from torch import nn

from make_reference import Header, flat, number, quoted, rounded, seed, soft_threshold

lr_scheduler = torch.optim.lr_scheduler


def header_of(what):
    return Header(what, "make_training_reference.py")


# ---------------------------------------------------------------- schedules

def dummy(lr):
    return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr)


def rates(lr, epochs, steps, per_epoch=None, per_step=None):
    """The learning rate of each step; the schedulers are made of the optimizer."""
    optimizer = dummy(lr)
    of_step = per_step(optimizer) if per_step else None
    of_epoch = per_epoch(optimizer) if per_epoch else None
    out = []
    for _ in range(epochs):
        for _ in range(steps):
            out.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if of_step:
                of_step.step()
        if of_epoch:
            of_epoch.step()
    return out


def plateau(lr, figures, larger_is_better, **options):
    optimizer = dummy(lr)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, mode="max" if larger_is_better else "min", **options)
    out = []
    for figure in figures:
        scheduler.step(figure)
        out.append(optimizer.param_groups[0]["lr"])
    return out


def with_special(figures):
    return ["not_a_number" if math.isnan(f) else "infinity" if f == math.inf else number(f) for f in figures]


def schedules():
    header = header_of("Learning rates by PyTorch's schedulers")

    def write(name, text, lr, epochs, steps, **schedulers):
        header.comment(f"{name}: {text}")
        header.case("ScheduleCase", name, {
            "lr": number(lr), "epochs": str(epochs), "steps": str(steps),
            "lr_of_step": header.doubles(f"{name}_lr", rates(lr, epochs, steps, **schedulers))})

    def step_lr(optimizer):
        return lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)

    def cosine(optimizer):
        return lr_scheduler.CosineAnnealingLR(optimizer, T_max=9)

    def warm_up(optimizer):
        return lr_scheduler.LinearLR(optimizer, start_factor=0.25, end_factor=1.0, total_iters=7)

    write("step_lr", "StepLR{.step_size = 3, .gamma = 0.5}", 0.3, 10, 2, per_epoch=step_lr)
    write("cosine", "CosineAnnealingLR{.epochs = 9}", 0.3, 10, 1, per_epoch=cosine)
    write("cosine_to", "CosineAnnealingLR{.epochs = 9, .min_lr = 0.02}", 0.3, 10, 1,
          per_epoch=lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=9, eta_min=0.02))
    write("warm_up", "LinearWarmup{.steps = 7, .start_factor = 0.25}", 0.3, 4, 3, per_step=warm_up)
    write("warm_up_cosine", "LinearWarmup{.steps = 7, .start_factor = 0.25}, CosineAnnealingLR{.epochs = 9}", 0.3, 9, 3,
          per_step=warm_up, per_epoch=cosine)
    write("warm_up_step_lr", "LinearWarmup{.steps = 7, .start_factor = 0.25}, StepLR{.step_size = 3, .gamma = 0.5}",
          0.3, 8, 2, per_step=warm_up, per_epoch=step_lr)

    seed("plateau")
    falling = [round(1 / (1 + 0.3 * e), 4) for e in range(12)]
    noise = rounded(0.01 * torch.rand(40)).tolist()
    losses = falling + [falling[-1]] * 8 + [0.2 + n for n in noise[:12]] + [0.15, 0.15, 0.14999, 0.1499, 0.15, 0.15,
                                                                            0.15, 0.15]
    with_nan = list(losses)
    for at in (0, 5, 14, 15, 16, 30):
        with_nan[at] = math.nan
    with_nan[20] = math.inf
    negative = [-l for l in reversed(losses)]
    # Just inside the threshold, which moves the bar upwards where the best is negative.
    near = [-1.0, -0.99995, -0.9999, -0.99985, -1.0, -1.00005, -1.0002] * 5 + [-2.0, -1.9999, -1.9997, -1.9998, -2.0]
    accuracy = [1 - l for l in losses]
    cases = [
        ("plateaus", losses, False, dict(patience=3)),
        ("no patience", losses, False, dict(patience=0, factor=0.5)),
        ("a cooldown", losses, False, dict(patience=1, cooldown=3, factor=0.5)),
        ("a cooldown longer than the patience", losses, False, dict(patience=2, cooldown=5, factor=0.7)),
        ("min_lr", losses, False, dict(patience=1, factor=0.5, min_lr=0.02)),
        ("a change below 1e-8 isn't made", losses, False, dict(patience=0, factor=0.1)),
        ("a large threshold", losses, False, dict(patience=2, threshold=0.1)),
        ("NaN and infinity", with_nan, False, dict(patience=2, factor=0.5)),
        ("NaN and infinity with a cooldown", with_nan, False, dict(patience=1, factor=0.5, cooldown=2)),
        ("nothing but NaN", [math.nan] * 40, False, dict(patience=4)),
        ("negative losses", negative, False, dict(patience=2, factor=0.5)),
        ("negative losses near the threshold", near, False, dict(patience=2, factor=0.5)),
        ("negative losses, a large threshold", negative, False, dict(patience=2, factor=0.5, threshold=0.05)),
        ("larger is better", accuracy, True, dict(patience=2, factor=0.5)),
        ("larger is better, negative", near, True, dict(patience=2, factor=0.5)),
        ("larger is better, falling", losses, True, dict(patience=4, factor=0.5, cooldown=1)),
    ]
    records = []
    for i, (what, figures, larger, options) in enumerate(cases):
        assert len(figures) == 40
        o = {**dict(factor=0.1, patience=10, threshold=1e-4, cooldown=0, min_lr=0), **options}
        after = plateau(0.4, figures, larger, **o)
        assert "negative" in what or len(set(after)) > 1, what
        records.append({
            "what": quoted(what), "lr": "0.4", "factor": number(o["factor"]), "threshold": number(o["threshold"]),
            "min_lr": number(o["min_lr"]), "patience": str(o["patience"]), "cooldown": str(o["cooldown"]),
            "larger_is_better": "true" if larger else "false",
            "figures": header.raw("double", f"plateau_{i}_figures", with_special(figures)),
            "lr_after": header.doubles(f"plateau_{i}_lr_after", after)})
    header.lines.append("inline constexpr PlateauCase plateau_cases[] = {")
    for r in records:
        lines = header.initialiser(r)
        header.lines += ["  {" + lines[0].strip()] + [" " + line for line in lines[1:]]
        header.lines[-1] += "},"
    header.lines += ["};", ""]
    header.write("schedules.hpp")


# ---------------------------------------------------------------- metrics

def metrics():
    header = header_of("Metrics of drawn outputs, by their formulas in NumPy")
    seed("metrics")
    rows, cols = 13, 3
    y, t = rounded(torch.randn(rows, cols)), rounded(torch.randn(rows, cols) + 5)
    y = rounded(t + 0.5 * y)
    t[:, 2] += 1000  # a mean far from 0: what cancels shows
    y[:, 2] += 1000
    a, b = y.numpy(), t.numpy()
    header.comment("Regression: 13 rows of 3 outputs and targets")
    header.doubles("metric_outputs", flat([y]))
    header.doubles("metric_targets", flat([t]))
    r2 = 1 - ((a - b) ** 2).sum(axis=0) / ((b - b.mean(axis=0)) ** 2).sum(axis=0)
    for name, value in (("metric_mae", np.abs(a - b).mean()), ("metric_rmse", np.sqrt(((a - b) ** 2).mean())),
                        ("metric_r2", r2.mean()), ("metric_r2_first", r2[0])):
        header.lines.append(f"inline constexpr double {name} = {number(value)};")
    header.lines.append("")

    rows, classes = 40, 5
    z = rounded(torch.randn(rows, classes))
    labels = (z + 1.2 * torch.randn(rows, classes))[:, :4].argmax(dim=1)  # class 4 never occurs
    p, l = z.numpy(), labels.numpy()
    predicted = p.argmax(axis=1)
    assert all(len(set(row)) == classes for row in p.tolist()) and 4 in predicted
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (l, predicted), 1)
    ranks = (p > p[np.arange(rows), l][:, None]).sum(axis=1)
    recall = [counts[c, c] / counts[c].sum() if counts[c].sum() else 0.0 for c in range(classes)]
    precision = [counts[c, c] / counts[:, c].sum() if counts[:, c].sum() else 0.0 for c in range(classes)]
    f1 = [2 * r * q / (r + q) if r + q else 0.0 for r, q in zip(recall, precision)]
    header.comment("Classes: 40 rows of 5 logits; class 4 is predicted, but never occurs")
    header.doubles("class_outputs", flat([z]))
    header.labels("class_labels", l)
    header.labels("class_counts", counts.reshape(-1))
    header.doubles("class_recall", recall)
    header.doubles("class_precision", precision)
    header.doubles("class_f1", f1)
    header.doubles("class_top_k", [(ranks < k).mean() for k in range(1, classes + 1)])
    header.lines.append("inline constexpr double class_balanced_accuracy = "
                        f"{number(np.mean([r for r, n in zip(recall, counts.sum(axis=1)) if n]))};")
    header.lines.append("")
    header.write("metrics.hpp")


# ---------------------------------------------------------------- weighted losses

def weighted():
    header = header_of("Losses of weighted samples: value and gradient")
    functional = nn.functional

    def mean_of_rows(function):
        return lambda p, t, w: (w * function(p, t)).sum() / w.sum()

    mse = mean_of_rows(lambda p, t: functional.mse_loss(p, t, reduction="none").mean(dim=1))
    half_sum = mean_of_rows(lambda p, t: ((p - t) ** 2).sum(dim=1) / 2)
    bce = mean_of_rows(lambda p, t: functional.binary_cross_entropy_with_logits(p, t, reduction="none").mean(dim=1))
    cross_entropy = mean_of_rows(lambda p, t: functional.cross_entropy(p, t, reduction="none"))

    def drawn(name, rows, cols):
        seed("weighted " + name)
        weights = rounded(3 * torch.rand(rows)) + 1 / 1024
        if rows > 3:
            weights[2] = 0.0
        return rounded(2 * torch.randn(rows, cols)), weights

    def write(array, items):
        records = []
        for i, (what, function, prediction, target, weights) in enumerate(items):
            p = prediction.clone().requires_grad_()
            value = function(p, target, weights)
            value.backward()
            name = f"weighted_{array}_{i}"
            is_labels = target.dtype == torch.int64
            fields = {
                "what": quoted(what), "rows": str(p.shape[0]), "cols": str(p.shape[1]),
                "prediction": header.doubles(f"{name}_prediction", flat([p])),
                "target": "{}" if is_labels else header.doubles(f"{name}_target", flat([target])),
                "labels": header.labels(f"{name}_labels", target.tolist()) if is_labels else "{}",
                "value": number(value.item()), "gradient": header.doubles(f"{name}_gradient", flat([p.grad]))}
            records.append((fields, header.doubles(f"{name}_weights", flat([weights]))))
        header.lines.append(f"inline constexpr WeightedLossCase weighted_{array}_cases[] = {{")
        for fields, weights in records:
            lines = header.initialiser(fields)
            header.lines += ["  {{" + lines[0].strip()] + ["  " + line for line in lines[1:]]
            header.lines[-1] += f"}}, {weights}}},"
        header.lines += ["};", ""]

    def numbers(name, function, in_unit=False):
        items = []
        for rows, cols in ((5, 3), (7, 1), (1, 3), (9, 17)):
            p, w = drawn(f"{name} {rows} {cols}", rows, cols)
            t = rounded(torch.randn(rows, cols))
            items.append((f"{rows} x {cols}", function, p, (t > 0).double() if in_unit else t, w))
        return items

    write("mse", numbers("mse", mse))
    write("half_sum_per_sample", numbers("half sum", half_sum))
    write("bce_with_logits", numbers("bce", bce, in_unit=True))

    items = []
    for rows, cols in ((5, 3), (7, 2), (1, 5), (9, 17)):
        p, w = drawn(f"ce {rows} {cols}", rows, cols)
        items.append((f"{rows} x {cols}", cross_entropy, p, torch.randint(0, cols, (rows,)), w))
    # Class weights are weights of the samples.
    p, _ = drawn("ce classes", 8, 3)
    labels = torch.tensor([0, 2, 1, 1, 0, 2, 2, 0])
    of_class = torch.tensor([0.5, 2.0, 1.25])
    items.append(("weights of classes", lambda q, t, w: functional.cross_entropy(q, t, weight=of_class), p, labels,
                  of_class[labels]))
    write("cross_entropy", items)
    header.write("weighted.hpp")


# ---------------------------------------------------------------- parameter groups

SIZES = (12, 4, 8, 2)  # weight and bias of Linear<3, 4>, then of Linear<4, 2>
STEPS = 10


def groups():
    header = header_of(f"Parameter groups: {STEPS} steps each of a net of two Linear layers, 3 to 4 to 2")
    seed("groups")
    start = [rounded(torch.randn(n)) for n in SIZES]
    scale = torch.tensor([1.0, 0.2, 2.0, 0.1, 0.5, 1.0, 0.3, 0.05, 3.0, 0.4])
    gradients = [[rounded(s * torch.randn(n)) for n in SIZES] for s in scale]
    header.comment("Shared by all cases: 0.weight, 0.bias, 1.weight, 1.bias, one after the other")
    header.doubles("group_start", flat(start))
    header.doubles("group_gradients", flat([g for step in gradients for g in step]))
    header.lines.append("")

    def write(name, what, make, before=None, clip_update=None, after=None, lr_factor=None):
        """make(parameters) gives an optimizer, for those that it updates; before and after may change the others too."""
        p = [nn.Parameter(s.clone()) for s in start]
        optimizer = make(p)
        base = [g["lr"] for g in optimizer.param_groups]
        out = []
        for step, of_step in enumerate(gradients):
            for one, g in zip(p, of_step):
                one.grad = g.clone()
            if lr_factor:
                for group, lr in zip(optimizer.param_groups, base):
                    group["lr"] = lr * lr_factor(step)
            if before:
                before(p)
            old = [one.detach().clone() for one in p]
            optimizer.step()
            with torch.no_grad():
                for k, one in enumerate(p):
                    if clip_update:
                        one.copy_(old[k] - torch.clamp(old[k] - one, -clip_update[k], clip_update[k]))
                if after:
                    after(p, [g["lr"] for g in optimizer.param_groups])
            out += flat([*p])
        header.comment(f"{name}: {what}")
        header.case("RuleCase", name, {
            "chain": quoted(what), "size": str(sum(SIZES)), "steps": str(STEPS), "start": "group_start",
            "gradients": "group_gradients", "after": header.doubles(f"{name}_after", out)})

    def grouped(kind, settings, **common):
        return lambda p: kind([{"params": [one], **s} for one, s in zip(p, settings)], **common)

    adamw, adam, sgd = torch.optim.AdamW, torch.optim.Adam, torch.optim.SGD
    decays = ({"weight_decay": 0.1}, {"weight_decay": 0.0}) * 2
    slow = ({"lr": 0.005}, {"lr": 0.005}, {"lr": 0.05}, {"lr": 0.05})
    write("group_rates", "AdamW{.lr = 0.05, .weight_decay = 0.1}, layer 0 with a tenth of the rate, biases don't decay",
          grouped(adamw, [{**a, **b} for a, b in zip(slow, decays)]))
    write("group_rates_scheduled", "the same with a rate that halves in each step",
          grouped(adamw, [{**a, **b} for a, b in zip(slow, decays)]), lr_factor=lambda step: 0.5 ** step)
    write("group_eps", "Adam{.lr = 0.05}, .eps = 1e-2 for 1.weight",
          grouped(adam, ({}, {}, {"eps": 1e-2}, {}), lr=0.05))
    write("group_l2", "L2{.lambda = 0.05, .all = true}, SGD{.lr = 0.1}, 0.25 for biases",
          grouped(sgd, ({"weight_decay": 0.1}, {"weight_decay": 0.5}) * 2, lr=0.1))

    def clip_values(p):
        for one, most in zip(p, (0.5, 0.125, 0.5, 0.125)):
            nn.utils.clip_grad_value_([one], most)

    write("group_clip_grad_value", "ClipGradValue{0.5}, Momentum{.lr = 0.1, .momentum = 0.9}, 0.125 for biases",
          lambda p: sgd(p, lr=0.1, momentum=0.9), before=clip_values)
    write("group_clip_update", "Adam{.lr = 0.05}, ClipUpdateValue{0.03}, 0.01 for layer 1",
          lambda p: adam(p, lr=0.05), clip_update=(0.03, 0.03, 0.01, 0.01))

    def proximal(p, lr):
        for one, rate in zip((p[0], p[2]), (lr[0], lr[2])):
            one.copy_(soft_threshold(one, rate * 0.3))

    write("group_proximal_l1", "SGD{.lr = 0.1}, layer 0 with a fifth of the rate, ProximalL1{.lambda = 0.3}",
          grouped(sgd, ({"lr": 0.02}, {"lr": 0.02}, {"lr": 0.1}, {"lr": 0.1})), after=proximal)

    def clip_norm_of(which):
        return lambda p: nn.utils.clip_grad_norm_([p[i] for i in which], 1.0)

    write("frozen_clip_norm", "Freeze of 0, ClipGradNorm{1.0}, Adam{.lr = 0.05}", lambda p: adam(p[2:], lr=0.05),
          before=clip_norm_of((2, 3)))
    write("frozen_one_clip_norm", "Freeze of 1.bias, ClipGradNorm{1.0}, AdamW{.lr = 0.05, .weight_decay = 0.1, .all = true}",
          lambda p: adamw(p[:3], lr=0.05, weight_decay=0.1), before=clip_norm_of((0, 1, 2)))
    header.write("groups.hpp")


def main():
    print(f"PyTorch {torch.__version__}, NumPy {np.__version__}")
    schedules()
    metrics()
    weighted()
    groups()


if __name__ == "__main__":
    main()
