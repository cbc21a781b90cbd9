#!/bin/sh
# debian-download.sh DIR PACKAGE...: packages of Debian 12's non-free component, as .deb files in DIR. Own apt source, lists and cache: nothing is
# installed, the system's apt state is untouched, signatures are checked by apt. The mirror is the one this machine's own apt sources name;
# DEBIAN_MIRROR overrides it.
set -eu
W=$(mkdir -p "$1" && cd "$1" && pwd); shift
MIRROR=${DEBIAN_MIRROR:-$(sed -n 's/^URIs: *\(http[^ ]*\/debian\) *$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)}
[ -n "$MIRROR" ] || MIRROR=$(sed -n 's/^deb .*\(http[^ ]*\/debian\) .*/\1/p' /etc/apt/sources.list 2>/dev/null | head -n 1)
[ -n "$MIRROR" ] || { echo "debian-download.sh: no Debian mirror found; set DEBIAN_MIRROR" >&2; exit 2; }
mkdir -p "$W/src" "$W/lists/partial" "$W/cache/archives/partial"
cat > "$W/src/nf.sources" <<S
Types: deb
URIs: $MIRROR
Suites: bookworm
Components: non-free
Architectures: amd64
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
S
O="-qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$W/src -o Dir::State::Lists=$W/lists -o Dir::Cache=$W/cache -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Sandbox::User=root -o Acquire::Retries=3"
apt-get $O update
cd "$W" && apt-get $O download "$@"
