# Sourced by run.sh and test.sh: installs what is missing on Debian and Ubuntu, and says what it does. Safe to run again.

say() { printf '== %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        say "need root for: $*"
        return 1
    fi
}

# install_packages NAME...: asks apt only for those that are not installed
install_packages() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        say "not Debian or Ubuntu: please install the equivalents of:$missing"
        return 0
    fi
    say "installing$missing"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null 2>&1 ||
        { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null; }
}

# cmake builds the JPEG-LS codec, the C++ compiler that and the JPEG 2000 codec and SQLite
build_packages="build-essential cmake pkg-config"
# what the window loads when it starts
window_packages="libvulkan1 mesa-vulkan-drivers libegl1 libgl1-mesa-dri libxkbcommon-x11-0 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libwayland-client0 libdbus-1-3"

need_rust() {
    if ! command -v cargo >/dev/null 2>&1 && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    if ! command -v cargo >/dev/null 2>&1; then
        say "installing Rust with rustup"
        install_packages curl ca-certificates
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal >/dev/null
        PATH="$HOME/.cargo/bin:$PATH"
    fi
}

# no Debian package has pynetdicom; without it (no network) the tests that need it say so and are skipped
need_pynetdicom() {
    python3 -c 'import pynetdicom' 2>/dev/null && return 0
    install_packages python3-venv python3-pip
    environment=$PWD/target/python
    if ! "$environment/bin/python3" -c 'import pynetdicom' 2>/dev/null; then
        say "installing pynetdicom into target/python"
        python3 -m venv --system-site-packages "$environment" &&
            "$environment/bin/pip" install -q pynetdicom ||
            say "pynetdicom cannot be installed"
    fi
    PATH="$environment/bin:$PATH"
    export PATH
}

# wgpu and the window want a private runtime directory
need_runtime_dir() {
    if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
        XDG_RUNTIME_DIR=$(mktemp -d)
        chmod 700 "$XDG_RUNTIME_DIR"
        export XDG_RUNTIME_DIR
    fi
}
