#!/bin/bash
# Makes a root with nothing but the files of some Debian packages that this machine has: bare-root.sh FOLDER PACKAGE...
set -euo pipefail
root=$1
shift
mkdir -p "$root"/{usr/lib,usr/lib64,dev,proc,tmp,opt,srv}
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
for package in "$@"; do
  dpkg -L "$package" | while read -r file; do
    if [ -L "$file" ] || [ -f "$file" ]; then
      [[ $file != /lib && $file != /lib64 ]] || continue
      mkdir -p "$root$(dirname "$file")"
      cp -a --no-preserve=ownership "$file" "$root$file"
    fi
  done
done
