# SPDX-License-Identifier: MIT
"""scikit-learn's MLPClassifier in float32. A step is the time of fit() for an epoch over its number of batches.

The other contenders are timed by workloads.hpp; what is here must say the same.
"""
import argparse
import statistics
import sys
import time
import warnings

import numpy
import sklearn
from sklearn.neural_network import MLPClassifier

CIRCLES = [2] + [32] * 8 + [1]
DIGITS = [784, 128, 64, 32, 16, 10]
WORKLOADS = {  # widths, batch, samples
    "W1p": (CIRCLES, 32, 1000),
    "W2": (DIGITS, 64, 60000),
    "W4": ([784, 2048, 2048, 10], 256, 6400),
    "W5": (DIGITS, 256, 4096),
    "W5p": (CIRCLES, 256, 4096),
}
UNABLE = {"W1": "no residual connections", "W3": "no BatchNorm", "W5r": "no residual connections"}


def seconds_of(call, budget, at_least):
    """The time of each call, until the budget is spent."""
    times = []
    end = time.perf_counter() + budget
    while time.perf_counter() < end or len(times) < at_least:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)


def main():
    parser = argparse.ArgumentParser(description="Times training steps or predictions with scikit-learn.")
    parser.add_argument("--version", action="version", version=f"{sklearn.__version__}, NumPy {numpy.__version__}")
    parser.add_argument("workload", choices=[*WORKLOADS, *UNABLE])
    parser.add_argument("--threads", type=int, default=1, help="only printed; BLAS and OpenMP read their variables")
    parser.add_argument("--budget", type=float, default=1, help="seconds to measure")
    arguments = parser.parse_args()
    if arguments.workload in UNABLE:
        print(UNABLE[arguments.workload], file=sys.stderr)
        sys.exit(3)

    def report(metric, value, unit):
        print(f"scikit-learn {arguments.workload} {arguments.threads} {metric} {value:.6g} {unit}")

    widths, batch, samples = WORKLOADS[arguments.workload]
    random = numpy.random.default_rng(1)
    x = random.standard_normal((samples, widths[0]), dtype=numpy.float32)
    y = random.integers(0, max(widths[-1], 2), samples)
    warnings.filterwarnings("ignore", category=sklearn.exceptions.ConvergenceWarning)  # after each epoch
    net = MLPClassifier(hidden_layer_sizes=widths[1:-1], batch_size=batch, alpha=0, shuffle=False, tol=0,
                        n_iter_no_change=10**9, max_iter=1, warm_start=True)
    # Sets the parameters up: a short epoch with every class in it.
    net.fit(x[: 2 * batch], numpy.resize(numpy.arange(max(widths[-1], 2)), 2 * batch))
    parameters = sum(values.size for values in net.coefs_ + net.intercepts_)
    expected = sum((n + 1) * m for n, m in zip(widths, widths[1:]))
    if parameters != expected or net.coefs_[0].dtype != numpy.float32:
        sys.exit(f"scikit-learn {arguments.workload}: {parameters} parameters of {net.coefs_[0].dtype}, "
                 f"expected {expected} of float32")

    if arguments.workload.startswith("W5"):
        singles = seconds_of(lambda: net.predict_proba(x[:1]), 0.6 * arguments.budget, 5)
        report("b1_median_ns", statistics.median(singles) * 1e9, "ns")
        report("b1_p99_ns", singles[len(singles) * 99 // 100] * 1e9, "ns")
        batches = seconds_of(lambda: net.predict_proba(x[:batch]), 0.6 * arguments.budget, 5)
        report("b256_samples_s", batch / statistics.median(batches), "1/s")
    else:
        epoch = statistics.median(seconds_of(lambda: net.fit(x, y), arguments.budget, 1))
        report("step_us", epoch * batch / samples * 1e6, "us")
        report("epoch_ms", epoch * 1e3, "ms")


main()
