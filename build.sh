#!/usr/bin/env bash
# The project's verbs; build.ps1 has the same ones for Windows. Each is one or two tool calls.
#   ./build.sh demo            train, evaluate and show PixelNet on synthetic street scenes (a few minutes, no set-up)
#   ./build.sh run -- ARGS     the pixelnet program, e.g. ./build.sh run -- train --help
#   ./build.sh build           everything but the oracle tests and benchmarks, which bring libtorch
#   ./build.sh test [--all]    the tests; --all adds oracles (libtorch), long sweeps and fuzzing
#   ./build.sh bench [ARGS]    the benchmarks against libtorch
#   ./build.sh kernels [--check]  compile the .cu sources to the committed PTX through NVRTC 11.8 (PIXELNET_NVRTC, else fetched on Debian); --check only compares
#   ./build.sh gpu-bundle      one archive with all that a single run on a GPU machine needs (linux-x64, no SDK there): artifacts/pixelnet-gpu.tar.gz
#   ./build.sh format          format the sources as .editorconfig says
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -qE '^([1-9][0-9])\.'; then
    echo "PixelNet.Native needs the .NET 10 SDK (or newer) on PATH; install it from Microsoft's .NET download page or your package manager, then run this again." >&2
    exit 1
fi

# Builds a project quietly: its output appears only if the build fails, or that a kernel is newer than its PTX.
compile() {
    local log; log="$(mktemp)"
    if ! (cd "$root" && dotnet build "$1" -c Release -v quiet) >"$log" 2>&1; then cat "$log" >&2; rm -f "$log"; exit 1; fi
    sed -nE 's/.*: (warning : kernels: .*) \[.*/\1/p' "$log" | sort -u >&2
    rm -f "$log"
}

pixelnet() {
    compile src/PixelNet.Native.Cli
    exec dotnet "$root/src/PixelNet.Native.Cli/bin/Release/net10.0/pixelnet.dll" "$@"
}

# Runs each test program and adds up the figures of their summary lines.
tests() {
    local filter=(-trait- Category=All) passed=0 failed=0 skipped=0 name output total errors fails skips
    if [ "${1:-}" = --all ]; then filter=(); elif [ $# -gt 0 ]; then echo "test takes --all or nothing, not '$1'" >&2; exit 2; fi
    for project in "$root"/tests/*/*.csproj; do
        name="$(basename "$project" .csproj)"
        [[ $name == *.Oracles.Tests && ${#filter[@]} -gt 0 ]] && continue
        compile "tests/$name"
        output="$(mktemp)"
        (cd "$root" && dotnet "tests/$name/bin/Release/net10.0/$name.dll" -noColor -noLogo "${filter[@]}") 2>&1 | tee "$output" || true
        # "  NAME  Total: 12, Errors: 0, Failed: 1, Skipped: 2, ...": a program that printed none has died, which is one failure.
        if read -r total errors fails skips < <(sed -nE 's/^ +[^ ]+ +Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*/\1 \2 \3 \4/p' "$output"); then
            passed=$((passed + total - fails - skips)) failed=$((failed + errors + fails)) skipped=$((skipped + skips))
        elif ! grep -qE '^ +[^ ]+ +Total: 0$' "$output"; then # all its tests belong to --all
            echo "$name ended without a summary" >&2
            failed=$((failed + 1))
        fi
        rm -f "$output"
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

# Programs, tests and the benchmark for a GPU machine in one folder that shares one runtime, packed.
gpu_bundle() {
    local bundle="$root/artifacts/pixelnet-gpu" bench="$root/benchmarks/PixelNet.Native.KernelBench" log project
    log="$(mktemp)"
    rm -rf "$bundle"
    for project in src/PixelNet.Native.Cli benchmarks/PixelNet.Native.KernelBench tests/PixelNet.Native.Cuda.Tests tests/PixelNet.Native.Backends.Tests; do
        if ! (cd "$root" && dotnet publish "$project" -c Release -r linux-x64 --self-contained -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false \
            --artifacts-path "$root/artifacts/gpu-build" -o "$bundle/bin" -v quiet) >"$log" 2>&1; then cat "$log" >&2; rm -f "$log"; exit 1; fi
    done
    rm -f "$log"
    git -C "$root" rev-parse HEAD >"$bundle/bin/commit.txt" 2>/dev/null || echo unknown >"$bundle/bin/commit.txt"
    cp "$bench/bundle/run-gpu.sh" "$bundle/"
    cp -r "$bench/peers" "$bench/abi" "$bundle/"
    tar -C "$root/artifacts" -czf "$bundle.tar.gz.new" pixelnet-gpu
    mv "$bundle.tar.gz.new" "$bundle.tar.gz"
    echo "artifacts/pixelnet-gpu.tar.gz: $(($(wc -c <"$bundle.tar.gz") / 1048576)) MiB; on a GPU machine: tar -xzf pixelnet-gpu.tar.gz && pixelnet-gpu/run-gpu.sh results"
}

verb="${1:-}"
[ $# -gt 0 ] && shift
case "$verb" in
    demo) pixelnet demo "$@" ;;
    run) [ "${1:-}" = -- ] && shift; pixelnet "$@" ;;
    build) compile src/PixelNet.Native.Cli; for project in "$root"/tests/*/*.csproj; do [[ $project == *.Oracles.Tests.csproj ]] || compile "tests/$(basename "$project" .csproj)"; done ;;
    test) tests "$@" ;;
    bench) compile benchmarks/PixelNet.Native.Benchmarks; exec dotnet "$root/benchmarks/PixelNet.Native.Benchmarks/bin/Release/net10.0/PixelNet.Native.Benchmarks.dll" "$@" ;;
    kernels) [ -n "${PIXELNET_NVRTC:-}" ] || "$root/kernels/get-nvrtc.sh" "$root/artifacts/nvrtc" >/dev/null || true; compile kernels/compiler; dotnet "$root/kernels/compiler/bin/Release/net10.0/PixelNet.Native.KernelCompiler.dll" "$root" "$@" ;;
    gpu-bundle) gpu_bundle ;;
    format) cd "$root" && dotnet format PixelNet.Native.sln "$@" ;;
    *) sed -nE 's/^#   (\.\/build\.sh .*)/\1/p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
