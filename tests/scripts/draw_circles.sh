#!/bin/sh
# SPDX-License-Identifier: MIT
# draw_circles.sh SCRIPTS SCRATCH: scripts/draw-circles accepts the pictures of made-up numbers with something in
# them, and refuses blank and constant ones.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

# fake NAME LOSS PROBABILITY: a program that writes numbers made with the awk expressions LOSS (of epoch e) and
# PROBABILITY (of x and y).
fake() {
  cat >"$1" <<END
#!/bin/sh
cd "\$2"
awk 'BEGIN { print "epoch,loss,validation_loss,accuracy,lr"
  for (e = 1; e <= 150; e++) printf "%d,%.6g,%.6g,0.9,0.001\n", e, $2, 1.2 * ($2) }' >history.csv
awk 'BEGIN { print "x,y,probability"
  for (i = 0; i <= 60; i++) { for (j = 0; j <= 60; j++) { x = -1.5 + i / 20; y = -1.5 + j / 20
    printf "%.6g,%.6g,%.6g\n", x, y, $3 }; print "" } }' >boundary.csv
awk 'BEGIN { print "x,y,label"
  for (i = 0; i < 200; i++) { r = i % 2 ? 0.3 : 1; printf "%.6g,%.6g,%d\n", r * cos(i), r * sin(i), i % 2 } }' >points.csv
END
  chmod +x "$1"
}

refused() {
  if "$scripts/draw-circles" ./"$1" "$1.out" >"$1.log" 2>&1; then
    echo "draw-circles accepted the pictures of $1"
    exit 1
  fi
  grep -q "check-picture: $2" "$1.log" || { cat "$1.log"; exit 1; }
}

falling='exp(-e / 40)'
circle='1 / (1 + exp(20 * (x * x + y * y - 0.4)))'
fake good "$falling" "$circle"
fake constant_loss '0.5' "$circle"
fake constant_boundary "$falling" '0.25'

"$scripts/draw-circles" ./good good.out
refused constant_loss 'in constant_loss.out/loss.png the colour 0072B2'
refused constant_boundary 'constant_boundary.out/boundary.png shows'

# A blank sheet, axes without a curve, a file that is no picture, no file.
gnuplot -e "set terminal pngcairo size 800,600; set output 'blank.png'; unset border; unset tics; unset key;
            plot [0:1] [0:1] 2"
gnuplot -e "set terminal pngcairo size 800,600; set output 'axes.png'; plot [0:1] [0:1] 2 lc rgb '#0072B2' title 'loss'"
echo "no picture" >text.png
for picture in blank.png axes.png text.png none.png; do
  if "$scripts/check-picture" "$picture" 0072B2 2>/dev/null; then
    echo "check-picture accepted $picture"
    exit 1
  fi
  if "$scripts/check-picture" "$picture" --shades 1 2>/dev/null; then
    echo "check-picture accepted the shades of $picture"
    exit 1
  fi
  if "$scripts/check-picture" "$picture" --colours 1 2>/dev/null; then
    echo "check-picture accepted the colours of $picture"
    exit 1
  fi
done
echo "good pictures accepted, blank and constant ones refused"
