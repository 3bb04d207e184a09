#!/bin/sh
# Installs what is missing, builds a release and starts the window with the demonstration studies when the store is empty.
# Without a display it starts one of its own, saves a screenshot and says where.
set -eu
cd "$(dirname "$0")/.."
. packaging/setup.sh

# shellcheck disable=SC2086
install_packages $build_packages $window_packages
need_rust
need_runtime_dir
say "building (the first time takes some minutes)"
cargo build --release --locked
program="${CARGO_TARGET_DIR:-target}/release/dgscope"

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    if [ "$("$program" --json list --limit 1)" = "[]" ]; then
        say "the store is empty: with the demonstration studies"
        exec "$program" demo
    fi
    exec "$program"
fi

install_packages xvfb xauth
picture="$PWD/dgscope-screenshot.png"
say "no display: starting a virtual one for a screenshot"
xvfb-run -a -s "-screen 0 1600x1000x24" "$program" demo --screenshot "$picture"
say "the window's picture is $picture"
