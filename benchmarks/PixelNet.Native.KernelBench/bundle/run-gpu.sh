#!/usr/bin/env bash
# Measures PixelNet.Native on this machine's GPU in at most nine minutes: ./run-gpu.sh [FOLDER]. Everything is in this folder; no SDK is needed.
#
# FOLDER (default: results) receives results.json and results.md, a log of each step, and steps.txt. Each step has a time limit of its own: what fails or
# takes too long costs no other step. Ends with 0 if every step succeeded, with 1 if one did not, or if there is no GPU.
# PIXELNET_DRIVER=emulator runs the correctness of everything on the emulated GPU instead, with tiny shapes and untimed.
# PYTHON names the Python whose PyTorch is the peer (default: python3). Clocks and settings of the GPU are left alone.
set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
bin="$here/bin"
out="${1:-$here/results}"
python="${PYTHON:-python3}"
emulated=""
[ "${PIXELNET_DRIVER:-}" = emulator ] && emulated=yes
mkdir -p "$out" && out="$(cd "$out" && pwd)" || exit 1
# An archive that was packed on Windows knows no executables.
chmod +x "$bin"/pixelnet "$bin"/PixelNet.Native.* 2>/dev/null
steps="$out/steps.txt"
: >"$steps"
failures=0

# cuDNN and cuBLAS of Python wheels, if there are any, for our own programs alone: PyTorch finds its own, and two in one process do not agree.
libraries=""
for site in $("$python" -c 'import site; print("\n".join([*site.getsitepackages(), site.getusersitepackages()]))' 2>/dev/null); do
    for folder in "$site"/nvidia/{cudnn,cublas,cuda_nvrtc,cu13,cu12}/lib; do [ -d "$folder" ] && libraries="$libraries$folder:"; done
done
# What the driver compiles is compiled once, for all steps, and nothing stays behind in the user's home.
export CUDA_CACHE_PATH="$here/cache"
ours=(env "LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:-}")
theirs=(env -u LD_LIBRARY_PATH)

# step NAME SECONDS COMMAND...: its output goes to NAME.log, its end to steps.txt; 77 says that what it needs is not here.
step() {
    local name="$1" limit="$2" start=$SECONDS code verdict
    shift 2
    timeout --kill-after=5 "$limit" "$@" >"$out/$name.log" 2>&1
    code=$?
    case $code in
        0) verdict="ok" ;;
        77) verdict="skipped: $(tail -n 1 "$out/$name.log")" ;;
        124 | 137) verdict="stopped after $limit s"; failures=$((failures + 1)) ;;
        *) verdict="failed ($code): $(tail -n 1 "$out/$name.log")"; failures=$((failures + 1)) ;;
    esac
    printf '%-12s %4d s  %s\n' "$name" $((SECONDS - start)) "$verdict" | tee -a "$steps"
    return $code
}

if ! "${ours[@]}" "$bin/PixelNet.Native.KernelBench" device --out "$out" >"$out/device.log" 2>&1; then
    echo "no GPU: $(tail -n 1 "$out/device.log" | sed 's/^error: //')" | tee -a "$steps" >&2
    exit 1
fi
cat "$out/device.log"

bench() { step "$1" "$2" "${ours[@]}" "$bin/PixelNet.Native.KernelBench" "$1" --out "$out" --seconds "$3"; }

# Compiles the checks of our declarations against the headers of the cuDNN that is here.
abi() {
    local includes=() folder source
    for folder in ${libraries//:/ }; do [ -d "${folder%/lib}/include" ] && includes+=("-I${folder%/lib}/include"); done
    for site in $("$python" -c 'import site; print("\n".join([*site.getsitepackages(), site.getusersitepackages()]))' 2>/dev/null); do
        [ -d "$site/nvidia/cuda_runtime/include" ] && includes+=("-I$site/nvidia/cuda_runtime/include")
    done
    [ -d /usr/local/cuda/include ] && includes+=("-I/usr/local/cuda/include")
    if ! command -v cc >/dev/null || ! echo '#include <cudnn.h>' | cc "${includes[@]}" -E - >/dev/null 2>&1; then
        printf '%-12s         skipped: no C compiler, or no cudnn.h\n' abi | tee -a "$steps"
        return
    fi
    for source in "$here"/abi/*.c; do [ -e "$source" ] && step "abi" 20 cc "${includes[@]}" -fsyntax-only "$source"; done
}

if [ -n "$emulated" ]; then
    step doctor 20 "${ours[@]}" "$bin/pixelnet" doctor --json "$out/doctor.json"
    bench correctness 240 200
    bench ceilings 30 30
    bench kernels 120 100
    bench step 90 80
    bench dense 60 50
else
    clocks=""
    if command -v nvidia-smi >/dev/null; then
        nvidia-smi --query-gpu=timestamp,clocks.sm,power.draw,temperature.gpu,clocks_event_reasons.active --format=csv -lms 500 >"$out/clocks.csv" 2>/dev/null &
        clocks=$!
    fi
    step doctor 20 "${ours[@]}" "$bin/pixelnet" doctor --json "$out/doctor.json"
    abi
    step op-tests 45 "${ours[@]}" "$bin/PixelNet.Native.Backends.Tests" -noColor -noLogo -class PixelNet.Native.Backends.Tests.Cuda.CudaOpTests
    bench correctness 50 45
    bench ceilings 25 25
    bench kernels 145 130
    bench step 90 75
    bench dense 45 38
    if command -v "$python" >/dev/null; then
        step peers 115 "${theirs[@]}" "$python" "$here/peers/pytorch_peer.py" --device cuda --seconds 100 --out "$out/peers.json"
    else
        printf '%-12s         skipped: there is no %s\n' peers "$python" | tee -a "$steps"
    fi
    [ -n "$clocks" ] && kill "$clocks" 2>/dev/null
fi
"${ours[@]}" "$bin/PixelNet.Native.KernelBench" table --out "$out" >"$out/table.log" 2>&1 || failures=$((failures + 1))
tail -n 12 "$out/table.log"
[ -n "$emulated" ] && echo "On the emulated GPU: correctness only, nothing is timed."
echo "results in $out: $([ "$failures" -eq 0 ] && echo "every step succeeded" || echo "$failures steps did not succeed, see steps.txt")"
[ "$failures" -eq 0 ]
