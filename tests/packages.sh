#!/usr/bin/env bash
# Tries the Linux packages as a person would, each on a clean system: installs or starts it, asks in
# the terminal and in the real window, removes it, and looks whether the chats are still there.
#
#   tests/packages.sh FOLDER [SUITE]
#
# FOLDER holds what `cargo xtask dist` made; SUITE is a release of Debian or Ubuntu (bookworm), or a
# folder in which debootstrap made one, which is left as it is.
# Needs root, debootstrap and a network. Pictures of the windows are left in FOLDER/tried.
set -euo pipefail

folder=$(realpath "$1")
suite=$(basename "${2:-bookworm}")
base=${2:-bookworm}

# Mounts and processes of the clean systems end with this script.
if [ -z "${HEARTH_TRY-}" ]; then
    exec env HEARTH_TRY=1 unshare --mount --pid --fork --kill-child "$0" "$@"
fi
mount --make-rprivate /
work=$(mktemp -d)
trap 'umount --recursive --lazy "$work"/* 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
pictures=$folder/tried
mkdir -p "$pictures"

# A screen with something to draw on it, and something that types.
screen=(xvfb xauth xdotool x11-apps imagemagick dbus fonts-dejavu-core libgl1-mesa-dri)
# What every desktop has: an AppImage brings the rest.
desktop=(libegl1 libgl1 libgles2 libgbm1 libfontconfig1 libfribidi0 libharfbuzz0b libwayland-client0
    libasound2 libx11-xcb1)

say() { printf '\n== %s\n' "$*"; }

# A clean system at $root, with a person who has an account.
fresh() {
    root=$work/$1
    mkdir -p "$root" "$work/$1.upper" "$work/$1.work"
    mount -t overlay overlay \
        -o "lowerdir=$base,upperdir=$work/$1.upper,workdir=$work/$1.work" "$root"
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/dev"
    mkdir "$root/dev/shm" "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
    local node
    for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0" "fuse 10 229"; do
        # shellcheck disable=SC2086
        set -- $node
        mknod --mode=666 "$root/dev/$1" c "$2" "$3"
    done
    # Nobody needs this system after a crash.
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/fast"
    inside useradd --create-home --shell /bin/sh person
    chats=$root/home/person/.local/share/hearth
}

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        chroot "$root" "$@"
}

install() { inside apt-get install --quiet=2 --yes --no-install-recommends "$@" >"$work/apt" 2>&1 ||
    { cat "$work/apt"; return 1; }; }

# Since 2024 some libraries have a longer name.
named() {
    local package
    for package; do
        if inside apt-cache show "${package}t64" >/dev/null 2>&1; then package=${package}t64; fi
        echo "$package"
    done
}

person() { inside su - person -c "$1"; }

# Asks `$1`, the command line of Hearth, and expects the answer.
ask_in_the_terminal() {
    local said
    said=$(person "$1 ask 'What is the capital of France?'" 2>/dev/null)
    printf 'in the terminal: %s\n' "$said"
    grep -q Paris <<<"$said"
    # A chat, which is kept.
    printf 'What is the capital of Italy?\n' | person "$1 chat" >/dev/null 2>&1
    grep -rqa Rome "$chats"
}

# Starts `$1` on a screen, types a question, and expects the answer among the kept chats.
ask_in_the_window() {
    cat >"$root/home/person/window.sh" <<-SCRIPT
		$1 &
		app=\$!
		window=\$(timeout 60 xdotool search --sync --onlyvisible --name '^Hearth$' | head -n 1)
		xdotool windowfocus "\$window"
		# The page may not be there yet, and then nobody hears it.
		for try in \$(seq 40); do
		    sleep 5
		    if grep -rqa Madrid ~/.local/share/hearth; then break; fi
		    if grep -rqa Spain ~/.local/share/hearth; then continue; fi
		    xdotool key ctrl+a type 'What is the capital of Spain?'
		    xdotool key Return
		done
		sleep 1
		xwd -root -silent | convert xwd:- ~/window.png
		kill "\$app"
		wait
	SCRIPT
    person "dbus-run-session -- xvfb-run -a -s '-screen 0 1200x820x24' sh window.sh" >"$work/window" 2>&1 || true
    cp "$root/home/person/window.png" "$pictures/$2.png"
    if ! grep -rqa Madrid "$chats"; then
        cat "$work/window"
        return 1
    fi
    echo "in the window: Madrid"
}

chats_remain() {
    grep -rqa Rome "$chats" && grep -rqa Madrid "$chats"
    echo "the chats are still there"
}

try_deb() {
    say "$1 on $suite"
    fresh deb
    cp "$folder/$1" "$root/tmp/hearth.deb"
    install /tmp/hearth.deb
    ask_in_the_terminal hearth
    install "${screen[@]}" libglib2.0-bin shared-mime-info desktop-file-utils appstream
    ask_in_the_window hearth-desktop "deb-$suite"
    person 'cp /usr/lib/hearth/starter/starter-6m-q8_0.gguf model'
    person 'gio info --attributes standard::content-type model' | grep application/x-gguf >/dev/null
    person 'gio mime application/x-gguf' | grep Hearth.desktop >/dev/null
    inside desktop-file-validate /usr/share/applications/Hearth.desktop
    inside appstreamcli validate --no-net /usr/share/metainfo/org.hearth.desktop.metainfo.xml
    echo "a .gguf file opens with Hearth"
    inside apt-get purge --quiet=2 --yes hearth >/dev/null
    if person 'command -v hearth hearth-desktop hearth-engine'; then return 1; fi
    chats_remain
}

# Mounted, and unpacked for a machine without FUSE.
try_appimage() {
    say "$1 on $suite"
    fresh appimage
    # shellcheck disable=SC2046
    install "${screen[@]}" $(named "${desktop[@]}" libfuse2) fuse3
    cp "$folder/$1" "$root/home/person/Hearth.AppImage"
    ask_in_the_terminal ./Hearth.AppImage
    ask_in_the_window ./Hearth.AppImage "appimage-$suite"
    rm "$root/dev/fuse"
    person './Hearth.AppImage --appimage-extract-and-run ask "What is the capital of France?"' \
        2>/dev/null | grep Paris
    rm "$root/home/person/Hearth.AppImage"
    chats_remain
}

if [ ! -d "$base" ]; then
    say "A clean $suite"
    base=$work/base
    debootstrap --variant=minbase "$suite" "$base" >"$work/debootstrap" ||
        { tail "$work/debootstrap"; exit 1; }
fi
for package in "$folder"/*; do
    case $package in
    *.deb) try_deb "$(basename "$package")" ;;
    *.AppImage) try_appimage "$(basename "$package")" ;;
    esac
done
say "Every package started, answered, and left its chats."
