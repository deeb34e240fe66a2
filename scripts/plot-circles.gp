# SPDX-License-Identifier: MIT
# Draws the two pictures of examples/01_circles_pictures.cpp:  gnuplot -e "dir='demo-output'" scripts/plot-circles.gp
# reads   dir/history.csv   epoch,loss,validation_loss,accuracy,lr,...
#         dir/boundary.csv  x,y,probability on a grid, an empty line between its rows
#         dir/points.csv    x,y,label
# writes  dir/loss.png, dir/boundary.png
# The colours (Okabe and Ito's blue and vermilion) stay apart for colour-blind eyes; scripts/draw-circles looks for them.
if (!exists("dir")) dir = "demo-output"
blue = "#0072B2"
vermilion = "#D55E00"

set datafile separator comma
set terminal pngcairo size 800,600 background "#FFFFFF"

set output dir."/loss.png"
set title "01\\_circles: loss by epoch"
set xlabel "epoch"
set ylabel "mean binary cross-entropy (log scale)"
set logscale y
set format y "10^{%L}"
set mytics 10
set grid xtics ytics lc rgb "#DDDDDD"
set key top right box opaque
plot dir."/history.csv" skip 1 using 1:2 with lines lw 3 lc rgb blue title "training", \
     ""                skip 1 using 1:3 with lines lw 3 dashtype (12,4) lc rgb vermilion title "validation"
unset output
unset logscale
unset format
unset mytics
unset grid

# The boundary itself: where the probability is one half. gnuplot writes it with spaces between the columns, not commas.
x(column) = word(strcol(1), column) + 0
set contour base
set cntrparam levels discrete 0.5
unset surface
set table $boundary
splot dir."/boundary.csv" skip 1 using 1:2:3 with lines
unset table
unset contour
set surface

set output dir."/boundary.png"
set title "01\\_circles: probability of class 1 and the decision boundary"
set xlabel "x_1"
set ylabel "x_2"
set cblabel "probability of class 1"
set cbrange [0:1]
set palette defined (0 "#8FC3E3", 0.5 "#FFFFFF", 1 "#F2B48A")
set size ratio -1
set autoscale xfix
set autoscale yfix
set key outside bottom center horizontal nobox
set tics out nomirror
plot dir."/boundary.csv" skip 1 using 1:2:3 with image notitle, \
     $boundary using (x(1)):(x(2)) with lines lw 3 lc rgb "#000000" title "boundary (p = 1/2)", \
     dir."/points.csv" skip 1 using 1:($3 < 0.5 ? $2 : NaN) with points pt 7 ps 0.9 lc rgb blue title "class 0", \
     ""                skip 1 using 1:($3 < 0.5 ? NaN : $2) with points pt 9 ps 1.1 lc rgb vermilion title "class 1"
unset output
