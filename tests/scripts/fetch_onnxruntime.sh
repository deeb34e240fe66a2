#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch_onnxruntime.sh SCRIPTS SCRATCH: scripts/fetch-onnxruntime calls npm once, here one that fetches nothing.
set -eu
scripts=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/bin"
cd "$scratch"
cat >bin/npm <<'END'
#!/bin/sh
echo "$*" >>npm.log
mkdir -p "$3/node_modules/onnxruntime-node"
printf '{\n  "version": "%s"\n}\n' "${*##*@}" >"$3/node_modules/onnxruntime-node/package.json"
END
chmod +x bin/npm
PATH=$PWD/bin:$PATH

fail() {
  echo "$*" && exit 1
}
if "$scripts/fetch-onnxruntime" 2>log; then fail "expected a refusal without a folder"; fi
grep -qF "needs one folder" log || fail "says: $(cat log)"
"$scripts/fetch-onnxruntime" to | grep -q "^fetch-onnxruntime: version .* in to/node_modules$" || fail "did not fetch"
"$scripts/fetch-onnxruntime" to | grep -q "already has" || fail "did not see what is there"
[ "$(wc -l <npm.log)" -eq 1 ] || fail "npm was called $(wc -l <npm.log) times, expected once"
grep -q -- "install --prefix to --ignore-scripts" npm.log || fail "npm was called so: $(cat npm.log)"
echo "fetch-onnxruntime fetches once"
