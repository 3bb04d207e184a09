#!/bin/sh
# Fuzzes one target after the other: tests/fuzz/run.sh [SECONDS [TARGET...]], 310 seconds and all targets by default.
# Needs a nightly toolchain and cargo-fuzz. What is found lies in artifacts/TARGET, what was learnt in corpus/TARGET; the exit
# status is that of the first target that found something, and the others run all the same.
set -u
cd "$(dirname "$0")" || exit 4
seconds=${1:-310}
[ $# -gt 0 ] && shift
targets=${*:-$(cargo +nightly fuzz list --fuzz-dir .)}
status=0
for target in $targets; do
    mkdir -p "corpus/$target" "seeds/$target"
    cargo +nightly fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 -print_final_stats=1 || status=$?
done
exit "$status"
