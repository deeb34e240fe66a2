#!/bin/sh
# SPDX-License-Identifier: MIT
# plot_history.sh SCRIPTS SCRATCH: scripts/plot-history draws every figure of a history, whichever there are, and says
# what is wrong with other files.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

blue=0072B2
vermilion=D55E00
green=009E73

# "COLUMN ROW RED GREEN BLUE" for each pixel of FILE.
decode() {
  gnuplot -e "set table 'decoded'; plot '$1' binary filetype=png using 1:2:3 with table" >/dev/null 2>&1
  cat decoded
}
# pixels FILE COLOUR, height FILE: numbers of pixels.
pixels() {
  decode "$1" | awk -v want="$2" 'NF >= 5 && sprintf("%02X%02X%02X", $3, $4, $5) == want { n++ } END { print n + 0 }'
}
height() { decode "$1" | awk 'NF >= 5 && $2 > last { last = $2 } END { print last + 1 }'; }
expect() {
  test "$2" "$3" "$4" || { echo "$1: expected $2 $3 $4"; exit 1; }
}

awk 'BEGIN { print "epoch,loss,validation_loss,accuracy,lr,clipped_share,seconds,\"top 2, \"\"x\"\" a_b\",mae"
  for (e = 1; e <= 150; e++)
    printf "%d,%.6g,%.6g,%.4f,%g,0.5,0.1,%.4f,%s\n", e, exp(-e / 40), 0.1 + 1.1 * exp(-e / 35), 1 - 0.5 * exp(-e / 20),
           (e > 100 ? 1e-05 : 1e-3), 0.8 - 0.3 * exp(-e / 30), (e == 50 ? "nan" : 0.4 * exp(-e / 50)) }' >whole.csv
"$scripts/plot-history" whole.csv
"$scripts/check-picture" whole.png $blue $vermilion $green
expect "three panels" "$(height whole.png)" -eq 900

# The same while it is written: the line without an end is left out, whatever is in it.
for torn in 1 151,0.1 '151,"a' "151,9e9,9e9,9e9,9e9,9e9,9e9,9e9,9e"; do
  { cat whole.csv && printf '%s' "$torn"; } >live.csv
  "$scripts/plot-history" live.csv "a picture.png"
  cmp whole.png "a picture.png" || { echo "the torn line '$torn' is drawn"; exit 1; }
done
head -c 2000 whole.csv >live.csv
"$scripts/plot-history" live.csv
"$scripts/check-picture" live.png $blue $vermilion $green

# Windows' line ends are the same.
awk '{ printf "%s\r\n", $0 }' whole.csv >windows.csv
"$scripts/plot-history" windows.csv
cmp whole.png windows.png

# One epoch is a point; without validation and metrics there are two panels, without a rate above 0 one.
head -2 whole.csv >one.csv
"$scripts/plot-history" one.csv
for colour in $blue $vermilion $green; do expect "one epoch in $colour" "$(pixels one.png "$colour")" -ge 100; done
cut -d, -f1,2,5,7 whole.csv >plain.csv
"$scripts/plot-history" plain.csv
"$scripts/check-picture" plain.png $blue
expect "no validation" "$(pixels plain.png $vermilion)" -eq 0
expect "two panels" "$(height plain.png)" -eq 600
printf 'epoch,loss,lr,seconds\n1,0.5,0,1\n2,0.25,0,1\n3,nan,0,1\n4,1e-05,0,1\n' >still.csv
"$scripts/plot-history" still.csv
"$scripts/check-picture" still.png $blue
expect "one panel" "$(height still.png)" -eq 300

# Constant figures, and columns without a number.
printf 'epoch,loss,validation_loss,accuracy,lr,seconds,r2\n1,0.5,nan,1,0.1,1,nan\n2,0.5,inf,1,0.1,1,nan\n' >constant.csv
"$scripts/plot-history" constant.csv
expect "a constant loss" "$(pixels constant.png $blue)" -ge 300
expect "nothing but NaN" "$(pixels constant.png $vermilion)" -eq 0

refused() {
  if "$scripts/plot-history" "$1" refused.png 2>log || ! grep -qF "$2" log || [ -e refused.png ]; then
    echo "expected a refusal of $1 that says '$2', got:" && cat log
    exit 1
  fi
}
refused none.csv "none.csv is not there"
: >empty.csv
refused empty.csv "empty.csv has no epoch yet"
head -1 whole.csv >header.csv
refused header.csv "header.csv has no epoch yet"
printf 'x,y,label\n1,2,3\n' >points.csv
refused points.csv "points.csv is no history: its columns are x,y,label"
{ cat whole.csv && echo 151,1; } >short.csv
refused short.csv "short.csv has another number of columns in line 152 than in line 1"
printf 'epoch,loss,lr\n1,nan,0.1\n' >diverged.csv
refused diverged.csv "diverged.csv has no finite loss"
echo "histories drawn, other files refused"
