#!/bin/sh
# get-cuda-headers.sh DIR: NVIDIA's CUDA 11.8 headers (cuda.h, cublas_v2.h, ...; 14 MB) from Debian 12's non-free component, unpacked under DIR.
# Prints their folder. Nothing is installed; the package is large (774 MB, static libraries) and is deleted again. Only the tests that compare the
# bindings with the headers need them.
set -eu
D=$(mkdir -p "$1" && cd "$1" && pwd); H=$D/usr/include
[ -e "$H/cuda.h" ] && [ -e "$H/cublas_v2.h" ] && { echo "$H"; exit 0; }
W=$D/.apt
trap 'rm -rf "$W"' EXIT
"$(dirname "$0")/debian-download.sh" "$W" nvidia-cuda-dev
# The headers come first in the archive: the rest, 2.8 GB, is not unpacked, so both ends of the pipe complain of its end.
dpkg-deb --fsys-tarfile "$W"/*.deb 2>/dev/null | head -c 100000000 | tar -x -C "$W" ./usr/include 2>/dev/null || true
[ -e "$W/usr/include/cuda.h" ] && [ -e "$W/usr/include/cublas_v2.h" ] || { echo "get-cuda-headers.sh: the package holds no headers where they were expected" >&2; exit 1; }
mkdir -p "$D/usr" && rm -rf "$H" && mv "$W/usr/include" "$H"
echo "$H"
