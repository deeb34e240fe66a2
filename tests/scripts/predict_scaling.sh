#!/bin/sh
# SPDX-License-Identifier: MIT
# predict_scaling.sh SCRIPTS SCRATCH: scripts/predict-scaling's formulas are the simulation's where nothing overlaps,
# and bound it where sums do; one rank is as fast as one rank; numbers worked out by hand. No clock is looked at.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

# What a machine might have measured: each step takes a while, and a while more for each row.
awk 'function say(ranks, workload, size, metric, value) { print "1," ranks "," workload "," size "," metric "," value }
     function net(workload, batch, least, rest, row, update, sums, bytes,   rows, ranks, scaled) {
       for (rows = least; rows <= batch; rows *= 2) say(1, workload, rows, "alone_us", rest + row * rows)
       for (ranks = 2; ranks <= 4; ranks += 2)
         for (scaled = 1; scaled <= ranks; scaled += ranks - 1) {
           say(ranks, workload, batch * scaled, "step_us", rest + row * batch * scaled / ranks + 50)
           say(ranks, workload, batch * scaled, "update_us", update)
           say(ranks, workload, batch * scaled, "sums", sums)
           say(ranks, workload, batch * scaled, "bytes", bytes)
         }
       say(1, workload, batch, "without_us", 100); say(1, workload, batch, "with_us", 101)
       say(1, workload, batch, "ratio_quarter", 1); say(1, workload, batch, "ratio", 1.01)
       say(1, workload, batch, "ratio_three_quarters", 1.02)
     }
     BEGIN {
       print "# machine: recorded, a test\n# cores: 2\nround,ranks,workload,size,metric,value"
       net("W2", 64, 1, 20, 2, 10, 2, 446112)
       net("W3", 64, 2, 5000, 150, 2000, 9, "2.47746e+07")
       net("W4", 256, 1, 4000, 130, 1500, 3, "2.32981e+07")
       for (ranks = 2; ranks <= 4; ranks += 2) {
         say(ranks, "sums", 1048576, "add_us", 100)
         for (size = 8; size <= 8388608; size *= 1024) say(ranks, "sums", size, "sum_us", ranks + size * 2.5e-4)
       }
     }' >recorded.csv

"$scripts/predict-scaling" recorded.csv --check >checked
[ "$(wc -l <checked)" -eq 20 ] || { cat checked && exit 1; }

"$scripts/predict-scaling" recorded.csv >printed
expect_line() {
  grep -qxF -- "$1" printed || { echo "lacks the line: $1" && cat printed && exit 1; }
}
[ "$(grep -c '^| [^|]* | 100 | ' printed)" -eq 18 ] || { echo "one rank is not as fast as one rank" && exit 1; }
# 446,112 bytes in two sums: 4 x 23 us of latency, 4 x 1.94 us of messages, 3,790 us on the wire, 21 us to add; 84 us
# to compute 32 rows, and 148 us for 64 in one rank: 148 / 3,995. If the link never waits: 148 / 3,905.
grep -qF '| W2, 1 GbE, TCP | 0.037–0.038 |' printed || { grep -F '| W2, 1 GbE' printed && exit 1; }
expect_line '**W2**, 64 rows on each rank; 446,112 bytes in 2 sums.'
# 6,179,334 parameters, 7,148 means and as many variances of BatchNorm, 56 bytes.
grep -qF '**W3**, 64 rows on each rank; 24,774,576 bytes in 9 sums.' printed || { grep -F '**W3**' printed && exit 1; }
# 84 us for half the rows, and sums of 446,056 and 56 bytes at 2 us + 0.25 ns a byte.
expect_line '| W2 | 2 | 64 | 84 µs | 2 | 116 µs | 200 µs | 134 µs | 0.67 | 37 % | 55 % |'
expect_line '| machine | recorded, a test |'

expect_error() {  # WORDS FILE
  if "$scripts/predict-scaling" "$2" >/dev/null 2>said; then echo "took $2" && exit 1; fi
  grep -qF "$1" said || { cat said && exit 1; }
}
sed '/add_us/d' recorded.csv >no_adding.csv
grep -v '1,2,W4,256,update_us' recorded.csv >no_update.csv
expect_error 'there is no update_us of W4 with 2 ranks and size 256' no_update.csv
expect_error 'there is no add_us' no_adding.csv
sed '5s/,/;/' recorded.csv >damaged.csv
expect_error "damaged.csv, line 5: expected '# NAME: VALUE' or round,ranks" damaged.csv
sed 's/^1,4,W3,256,sums,9$/1,4,W3,256,sums,10/' recorded.csv >other_sums.csv
expect_error 'a step of W3 sums 2.47746e+07 bytes in 10 sums, the model has 24,774,576 in 9' other_sums.csv
printf '# machine: none\n' >empty.csv
expect_error 'empty.csv has no figures' empty.csv

# The page gets all of it, and two pictures.
printf 'Before\n<!-- scaling: begin (here) -->\nold\n<!-- scaling: end -->\nAfter\n' >page.md
"$scripts/predict-scaling" recorded.csv --page page.md
{
  printf 'Before\n<!-- scaling: begin (here) -->\n'
  cat printed
  printf '<!-- scaling: end -->\nAfter\n'
} >expected
cmp expected page.md
for picture in scaling-weak.png scaling-strong.png; do
  [ "$(head -c 4 $picture | tail -c 3)" = PNG ] || { echo "$picture is no picture" && exit 1; }
done
