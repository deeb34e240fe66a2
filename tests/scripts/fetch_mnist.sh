#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch_mnist.sh SCRIPTS SCRATCH: scripts/fetch-mnist says what is wrong with a folder, and leaves nothing behind.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/from"
cd "$scratch"

refused() {
  if "$scripts/fetch-mnist" --from "$1" to >log 2>&1 || ! grep -qF "$2" log; then
    echo "expected a refusal that says '$2', got:" && cat log
    exit 1
  fi
  if [ -d to ] && [ -n "$(ls to)" ]; then echo "left behind:" && ls to && exit 1; fi
}

refused nowhere "'nowhere' is not a folder"
refused from "neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz is in"
echo "no gzip" >from/train-images-idx3-ubyte.gz
refused from "can't unpack from/train-images-idx3-ubyte.gz"
echo "foreign" >from/train-images-idx3-ubyte
refused from "has the MD5 sum f6d4b0780a48303ea363fb24f03afcce, expected 6bbc9ace898e44ae57da46a324031adb"
echo "fetch-mnist refuses what it should"
