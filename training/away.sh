#!/usr/bin/env bash
# Training on a machine that is there for a short while: takes the pieces that `pack.py` made, trains one cut, and brings
# the averaged weights home as a model folder. Call it again to go on; the run stays in WORK between calls.
#
#   bash training/away.sh [--minutes N] [--home DIR] [--work DIR] [PIECE.tar …] [-- options of train.py]
#
# With pieces but `--minutes 0` it only unpacks them, so that data larger than one call may carry comes in several.
# DIR of --home (default $OUT) gets model/{config.json,model.safetensors}, log.jsonl and speed.txt.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
minutes=9 home=${OUT:-} work=${TMPDIR:-/tmp}/querypose-away pieces=()
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=$2; shift 2 ;;
    --home) home=$2; shift 2 ;;
    --work) work=$2; shift 2 ;;
    --) shift; break ;;
    *) pieces+=("$1"); shift ;;
  esac
done
mkdir -p "$work/data"
work=$(realpath "$work") # a place of the caller's folder, not of this script's
if [ -n "$home" ]; then mkdir -p "$home"; home=$(realpath "$home"); fi
for piece in ${pieces[@]+"${pieces[@]}"}; do tar -xf "$piece" -C "$work/data"; done
echo "data: $(ls "$work/data" | tr '\n' ' ')"
if [ "$minutes" = 0 ]; then exit 0; fi
[ -n "$home" ] || { echo "Say where the weights go: --home DIR, or OUT=DIR." >&2; exit 2; }
python=${PYTHON:-python3}
cd "$here"
"$python" train.py --data "$work/data" --out "$work/run" --minutes "$minutes" --save-minutes 2 "$@"
"$python" export.py --run "$work/run" --out "$home/model"
cp "$work/run/log.jsonl" "$home/log.jsonl"
tail -n 1 "$work/run/log.jsonl" | tee "$home/speed.txt"
