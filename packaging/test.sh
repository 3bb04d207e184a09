#!/bin/sh
# Installs what the tests need besides the build and runs all of them; ends in the test runner's own summary.
set -eu
cd "$(dirname "$0")/.."
. packaging/setup.sh

# shellcheck disable=SC2086
install_packages $build_packages $window_packages \
    dcmtk orthanc libgdcm-tools xvfb xauth strace python3-numpy python3-pil python3-pydicom
need_pynetdicom
need_rust
need_runtime_dir
export TCP_NODELAY=1 # Debian's DCMTK and Orthanc wait 44 ms for each message without it

# One optimised build serves tests and program: pixels are slow without optimisation, and the interop tests run the real binary.
if cargo nextest --version >/dev/null 2>&1; then
    say "cargo nextest run --release"
    exec cargo nextest run --release --locked --no-fail-fast --show-progress none --status-level slow --final-status-level fail
fi
say "cargo test --release"
exec cargo test --release --locked --no-fail-fast --lib --test integration --test interop
