#!/bin/sh
# SPDX-License-Identifier: MIT
# compare_peers.sh SCRIPTS SCRATCH: scripts/plot-peers compares within a round and takes the median over the rounds;
# scripts/compare-peers runs every contender with the same variables, and says who is left out and why. No clock is
# looked at.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

expect_line() {
  grep -qxF -- "$2" "$1" || { echo "$1 lacks the line: $2" && cat "$1" && exit 1; }
}

# --- The arithmetic ---------------------------------------------------------------------------------------------------
# At W1 LibTorch's ratios are 30, 2 and 3; of the medians the ratio would be 6. sol has no round 2, so an even number
# of rounds. Rates are turned over: at W5 dlib takes twice the time in round 1 and four times in round 2. FANN's only
# round has no counterpart, so that it has no column.
cat >recorded.csv <<'END'
# machine: recorded, a test
# other processes running: 0.3 on average
round,contender,workload,threads,metric,value,unit
1,evomlp,W1,1,step_us,10,us
1,libtorch,W1,1,step_us,300,us
1,sol,W1,1,step_us,5,us
1,evomlp,W5,1,b256_samples_s,1e6,1/s
1,dlib,W5,1,b256_samples_s,5e5,1/s
# left out: fann W1 1: no mini-batches
# left out: fann W2 1: no mini-batches
2,evomlp,W1,1,step_us,20,us
2,libtorch,W1,1,step_us,40,us
2,evomlp,W5,1,b256_samples_s,2e6,1/s
2,dlib,W5,1,b256_samples_s,5e5,1/s
3,evomlp,W1,1,step_us,40,us
3,libtorch,W1,1,step_us,120,us
3,sol,W1,1,step_us,80,us
3,fann,W5,1,b256_samples_s,5e5,1/s
# left out: fann W4 2: no mini-batches
1,evomlp,W1,2,step_us,1000,us
1,sol,W1,2,step_us,123456,us
END
"$scripts/plot-peers" recorded.csv --out table >printed
cmp printed table/peers.md
expect_line printed '|  | EvoMLP | sol | LibTorch | dlib |'
expect_line printed '| W1, training step | 20.0 µs (10.0–40.0 µs) | 1.25 (0.50–2.00) | 3.00 (2.00–30.0) | – |'
expect_line printed '| W5, one sample of 256 | 750 ns (500 ns–1.00 µs) | – | – | 3.00 (2.00–4.00) |'
expect_line printed '|  | EvoMLP | sol |'
expect_line printed '| W1, training step | 1.00 ms (1.00–1.00 ms) | 123 (123–123) |'
expect_line printed '- FANN is left out at W1, W2: no mini-batches'
grep -q 'The machine was busy with 0.3 other processes' printed || { echo "a busy machine is not told" && exit 1; }
expect_line printed '| machine | recorded, a test |'
[ "$(grep -c 'W2, training' printed)" -eq 0 ] || { echo "a row without figures" && exit 1; }
[ "$(head -c 4 table/peers.png | tail -c 3)" = PNG ] || { echo "no picture" && exit 1; }

printf 'Before\n<!-- peers: begin (here) -->\nold\n<!-- peers: end -->\nAfter\n' >page.md
"$scripts/plot-peers" recorded.csv --page page.md
{ printf 'Before\n<!-- peers: begin (here) -->\n' && cat printed && printf '<!-- peers: end -->\nAfter\n'; } >expected
cmp expected page.md
cmp peers.png table/peers.png

echo "1,evomlp,W1,1,step_us,ten,us" >>recorded.csv
if "$scripts/plot-peers" recorded.csv --out table 2>message; then echo "a bad figure is taken" && exit 1; fi
grep -q "recorded.csv, line 22: expected .*, got '1,evomlp,W1,1,step_us,ten,us'" message || { cat message && exit 1; }

# --- A run, with programs that only pretend ---------------------------------------------------------------------------
program() {
  mkdir -p "build/$(dirname "$1")"
  {
    echo '#!/bin/sh'
    echo '[ "$1" != --version ] || { echo "version ${OPENBLAS_CORETYPE:-none}"; exit; }'
    cat
  } >"build/$1"
  chmod +x "build/$1"
}
program bin/evomlp_bench <<'END'
[ "${OPENBLAS_CORETYPE:-Free}${OPENBLAS_L2_SIZE:-}${OMP_DYNAMIC:-} $2$OMP_NUM_THREADS$OPENBLAS_NUM_THREADS" = \
  "${expected:-Free} --threads11" ] || exit 1
echo "evomlp $1 $3 step_us 10 us"
END
program bin/peers/sol <<'END'
echo "sol $1 $3 step_us 5 us"
END
program bin/peers/libtorch <<'END'
echo called >>libtorch.log
echo "no such layer" >&2
exit 3
END
program bin/peers/dlib <<'END'
exec sleep 30
END
program bin/peers/tiny_dnn <<'END'
echo "tiny-dnn $1 $3 step_us 5 us"
echo "terminate called" >&2
kill -SEGV $$
END
program bin/peers/fann <<'END'
echo "sol $1 $3 step_us 5 us"
END
export OPENBLAS_CORETYPE=Other OPENBLAS_L2_SIZE=1 OMP_NUM_THREADS=7 OMP_DYNAMIC=true
run() {
  "$scripts/compare-peers" --programs build --rounds 2 --workloads W1 --timeout 2 --out out "$@" >printed 2>log ||
    { cat log && exit 1; }
}
run
expect_line printed '| W1, training step | 10.0 µs (10.0–10.0 µs) | 0.50 (0.50–0.50) |'
expect_line printed '- LibTorch is left out at W1: no such layer'
expect_line printed '- dlib is left out at W1: not ready after 2 s'
expect_line printed '- tiny-dnn is left out at W1: ended with -11 and printed '"'terminate called'"
expect_line printed '- FANN is left out at W1: ended with 0 and printed '"'sol W1 1 step_us 5 us'"
expect_line printed '| OPENBLAS_CORETYPE | not set |'
expect_line printed '| version of sol | version none |'
expect_line out/peers.csv '2,sol,W1,1,step_us,5,us'
[ "$(wc -l <libtorch.log)" -eq 1 ] || { echo "asked again after it said that it can't" && exit 1; }
grep -q 'scikit_learn is not there, so scikit-learn is left out' log || { cat log && exit 1; }
rm build/bin/peers/dlib
expected=Haswell run --blas-core Haswell
expect_line printed '| OPENBLAS_CORETYPE | Haswell |'
expect_line printed '| version of sol | version Haswell |'
echo "ratios within a round, medians over the rounds; contenders run and left out"
