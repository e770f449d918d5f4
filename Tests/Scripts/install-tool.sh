#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts a command there that runs, with its manual page and completions; where it may not write it says so.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "install-tool.sh: $1" >&2; exit 1; }

make install PREFIX="$scratch/with space" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; fail "make install failed"; }
grep -q "that folder is not in PATH" "$scratch/log" || fail "nothing is said of PATH"
cd "$scratch/with space"
bin/vggkit devices >"$scratch/devices" || fail "the command does not run"
grep -q "^cpu: " "$scratch/devices" || fail "the command does not tell the devices"
for file in share/man/man1/vggkit.1 share/bash-completion/completions/vggkit share/zsh/site-functions/_vggkit \
    share/fish/vendor_completions.d/vggkit.fish; do
    grep -q "find-learning-rate" "$file" || fail "$file does not know the commands"
done
bash -n share/bash-completion/completions/vggkit || fail "the completions are no program of bash's"

: >"$scratch/file"
cd - >/dev/null
if Scripts/install-tool copy "$scratch/file/prefix" 2>"$scratch/error"; then fail "a file was taken for a folder"; fi
grep -q "choose another PREFIX" "$scratch/error" || fail "the error does not say what to do"
(cd "$scratch" && DESTDIR="$scratch/package" "$OLDPWD/Scripts/install-tool" copy relative >/dev/null)
[ -x "$scratch/package$scratch/relative/bin/vggkit" ] || fail "DESTDIR and a relative PREFIX are not kept to"
if Scripts/install-tool copy "~nobody/x" 2>"$scratch/error"; then fail "another user's home was made up"; fi
echo "install-tool.sh: passed"
