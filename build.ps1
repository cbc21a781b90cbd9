#!/usr/bin/env pwsh
# The project's verbs; build.sh has the same ones for Linux and macOS. Each is one or two tool calls.
#   ./build.ps1 demo            train, evaluate and show PixelNet on synthetic street scenes (a few minutes, no set-up)
#   ./build.ps1 run -- ARGS     the pixelnet program, e.g. ./build.ps1 run -- train --help
#   ./build.ps1 build           everything but the oracle tests and benchmarks, which bring libtorch
#   ./build.ps1 test [--all]    the tests; --all adds oracles (libtorch), long sweeps and fuzzing
#   ./build.ps1 bench [ARGS]    the benchmarks against libtorch
#   ./build.ps1 kernels [--check]  compile the .cu sources to the committed PTX through NVRTC 11.8, whose library PIXELNET_NVRTC names; --check only compares
#   ./build.ps1 gpu-bundle      one archive with all that a single run on a GPU machine needs (linux-x64, no SDK there): artifacts/pixelnet-gpu.tar.gz
#   ./build.ps1 format          format the sources as .editorconfig says
$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$env:DOTNET_NOLOGO = '1'; $env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue) -or -not ((dotnet --list-sdks) -match '^[1-9][0-9]\.')) {
    [Console]::Error.WriteLine("PixelNet.Native needs the .NET 10 SDK (or newer) on PATH; install it from Microsoft's .NET download page or your package manager, then run this again.")
    exit 1
}

# Builds a project quietly: its output appears only if the build fails, or that a kernel is newer than its PTX.
function Compile([string] $project) {
    Push-Location $root
    try { $log = dotnet build $project -c Release -v quiet 2>&1 } finally { Pop-Location }
    if ($LASTEXITCODE -ne 0) { $log | ForEach-Object { [Console]::Error.WriteLine($_) }; exit 1 }
    $log | Select-String ': (warning : kernels: .*) \[' | ForEach-Object { $_.Matches[0].Groups[1].Value } | Sort-Object -Unique | ForEach-Object { [Console]::Error.WriteLine($_) }
}

function PixelNet([string[]] $arguments) {
    Compile 'src/PixelNet.Native.Cli'
    dotnet "$root/src/PixelNet.Native.Cli/bin/Release/net10.0/pixelnet.dll" @arguments
    exit $LASTEXITCODE
}

# Runs each test program and adds up the figures of their summary lines.
function Tests([string[]] $arguments) {
    $filter = @('-trait-', 'Category=All')
    if ($arguments -and $arguments[0] -eq '--all') { $filter = @() }
    elseif ($arguments) { [Console]::Error.WriteLine("test takes --all or nothing, not '$($arguments[0])'"); exit 2 }
    $passed = 0; $failed = 0; $skipped = 0
    foreach ($name in (Get-ChildItem "$root/tests/*/*.csproj").BaseName) {
        if ($name -like '*.Oracles.Tests' -and $filter) { continue }
        Compile "tests/$name"
        Push-Location $root
        try { $output = dotnet "tests/$name/bin/Release/net10.0/$name.dll" -noColor -noLogo @filter 2>&1 } finally { Pop-Location }
        $output | ForEach-Object { Write-Host $_ }
        # "  NAME  Total: 12, Errors: 0, Failed: 1, Skipped: 2, ...": a program that printed none has died, which is one failure.
        $summary = $output | Select-String -Pattern '^ +\S+ +Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+)' | Select-Object -Last 1
        if ($summary) {
            $n = $summary.Matches[0].Groups[1..4] | ForEach-Object { [int] $_.Value }
            $passed += $n[0] - $n[2] - $n[3]; $failed += $n[1] + $n[2]; $skipped += $n[3]
        } elseif (-not ($output -match '^ +\S+ +Total: 0$')) { [Console]::Error.WriteLine("$name ended without a summary"); $failed++ }
    }
    Write-Host "$passed passed, $failed failed, $skipped skipped"
    exit [int] ($failed -ne 0)
}

# Programs, tests and the benchmark for a GPU machine in one folder that shares one runtime, packed.
function GpuBundle {
    $bundle = "$root/artifacts/pixelnet-gpu"; $bench = "$root/benchmarks/PixelNet.Native.KernelBench"
    if (Test-Path $bundle) { Remove-Item -Recurse -Force $bundle }
    foreach ($project in 'src/PixelNet.Native.Cli', 'benchmarks/PixelNet.Native.KernelBench', 'tests/PixelNet.Native.Cuda.Tests', 'tests/PixelNet.Native.Backends.Tests') {
        Push-Location $root
        try {
            $log = dotnet publish $project -c Release -r linux-x64 --self-contained -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false `
                --artifacts-path "$root/artifacts/gpu-build" -o "$bundle/bin" -v quiet 2>&1
        } finally { Pop-Location }
        if ($LASTEXITCODE -ne 0) { $log | ForEach-Object { [Console]::Error.WriteLine($_) }; exit 1 }
    }
    $commit = git -C $root rev-parse HEAD 2>$null
    Set-Content "$bundle/bin/commit.txt" $(if ($commit) { $commit } else { 'unknown' })
    Copy-Item "$bench/bundle/run-gpu.sh" $bundle
    Copy-Item -Recurse "$bench/peers", "$bench/abi" $bundle
    tar -C "$root/artifacts" -czf "$bundle.tar.gz" pixelnet-gpu
    # Windows keeps no x bit: bash starts the script there, and it starts the programs after setting theirs.
    Write-Host "artifacts/pixelnet-gpu.tar.gz: $([int] ((Get-Item "$bundle.tar.gz").Length / 1MB)) MiB; on a GPU machine: tar -xzf pixelnet-gpu.tar.gz; bash pixelnet-gpu/run-gpu.sh results"
}

$verb, $rest = $args
$rest = @($rest | Where-Object { $null -ne $_ })
switch ($verb) {
    'demo' { PixelNet (@('demo') + $rest) }
    'run' { if ($rest -and $rest[0] -eq '--') { $rest = @($rest | Select-Object -Skip 1) }; PixelNet $rest }
    'build' { Compile 'src/PixelNet.Native.Cli'; Get-ChildItem "$root/tests/*/*.csproj" | Where-Object BaseName -NotLike '*.Oracles.Tests' | ForEach-Object { Compile "tests/$($_.BaseName)" } }
    'test' { Tests $rest }
    'bench' { Compile 'benchmarks/PixelNet.Native.Benchmarks'; dotnet "$root/benchmarks/PixelNet.Native.Benchmarks/bin/Release/net10.0/PixelNet.Native.Benchmarks.dll" @rest; exit $LASTEXITCODE }
    'kernels' { Compile 'kernels/compiler'; dotnet "$root/kernels/compiler/bin/Release/net10.0/PixelNet.Native.KernelCompiler.dll" "$root" @rest; exit $LASTEXITCODE }
    'gpu-bundle' { GpuBundle }
    'format' { Push-Location $root; try { dotnet format PixelNet.Native.sln @rest } finally { Pop-Location }; exit $LASTEXITCODE }
    default { Get-Content $PSCommandPath | Select-String '^#   (\./build\.ps1 .*)' | ForEach-Object { [Console]::Error.WriteLine($_.Matches[0].Groups[1].Value) }; exit 2 }
}
