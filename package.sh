#!/bin/bash
# Makes an archive for each platform with all that runs there: the server, the command line and the .NET runtime. --help says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1 TZ=UTC LC_ALL=C
all=(linux-x64 linux-arm64 linux-musl-x64 osx-arm64 win-x64)
output=artifacts/package

usage() {
  cat <<TEXT
usage: ./package.sh [--output DIR] [PLATFORM...]
Writes skytree-VERSION-PLATFORM.tar.gz (Windows: .zip) and SHA256SUMS to DIR (default: $output).
Platforms: ${all[*]} (default: all).
TEXT
}

say() { printf '%s\n' "$*" >&2; }
fail() { say "package.sh: $*"; exit 1; }

platforms=()
while [ $# -gt 0 ]; do
  case $1 in
    --output) output=${2-}; [ -n "$output" ] || fail '--output needs a folder'; shift 2 ;;
    --help | -h) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *)
      [[ " ${all[*]} " == *" $1 "* ]] || fail "'$1' is none of ${all[*]}"
      platforms+=("$1")
      shift
      ;;
  esac
done
[ ${#platforms[@]} -gt 0 ] || platforms=("${all[@]}")
[[ " ${platforms[*]} " != *' win-x64 '* ]] || command -v zip >/dev/null || fail 'zip is needed for win-x64'

# Files are as old as what they were made from.
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 315532800)}
modified=$(date -d "@$epoch" '+%a, %d %b %Y %H:%M:%S GMT' 2>/dev/null || date -r "$epoch" '+%a, %d %b %Y %H:%M:%S GMT')
version=$(dotnet msbuild SkyTree.Web/SkyTree.Web.csproj -getProperty:Version)
work=$PWD/artifacts/build # below the source, whose place the compiler leaves out of what it writes
mkdir -p "$output"
output=$(cd "$output" && pwd)

# What a platform's archive cannot do, judged by the libraries that the packages bring for it.
lacks() {
  local missing=''
  find "$1" -maxdepth 1 \( -name 'librocksdb*' -o -name rocksdb.dll \) | grep -q . || missing+=' the embedded database, so that it runs with --store Memory only;'
  find "$1" -maxdepth 1 -name '*e_sqlite3.*' ! -name '*.provider.*' | grep -q . || missing+=' SQLite;'
  printf '%s' "${missing:- nothing}"
}

publish() { # PROJECT PLATFORM FOLDER
  dotnet publish "$1" -c Release -r "$2" --self-contained -o "$3" --artifacts-path "$work" -v quiet >"$work/publish.log" 2>&1 \
    || { cat "$work/publish.log" >&2; fail "$1 cannot be published for $2"; }
}

mkdir -p "$work"
for platform in "${platforms[@]}"; do
  name=skytree-$version-$platform
  stage=$work/stage/$platform
  folder=$stage/$name
  rm -rf "$stage"
  mkdir -p "$folder"
  # One folder and one runtime for both: the command line's part of it is also the server's.
  publish SkyTree.Cli "$platform" "$folder"
  publish SkyTree.Web "$platform" "$folder"
  sed -i.before "s/\"Name\":\"Last-Modified\",\"Value\":\"[^\"]*\"/\"Name\":\"Last-Modified\",\"Value\":\"$modified\"/g" "$folder/SkyTree.Web.staticwebassets.endpoints.json"
  rm "$folder/SkyTree.Web.staticwebassets.endpoints.json.before"
  sed -e "s/@VERSION@/$version/g" -e "s/@PLATFORM@/$platform/g" docs/deploy/archive/README.md >"$folder/README.md"
  for license in LICENSE*; do
    [ ! -e "$license" ] || cp "$license" "$folder/"
  done
  case $platform in
    linux-*) mkdir "$folder/systemd" && cp docs/deploy/systemd/skytree.service docs/deploy/systemd/cluster.conf "$folder/systemd/" ;;
    win-*) cp docs/deploy/windows/install-service.cmd "$folder/" ;;
  esac

  find "$folder" -type d -exec chmod 755 {} +
  find "$folder" -type f -exec chmod 644 {} +
  for program in SkyTree.Web skytree createdump; do
    [ ! -e "$folder/$program" ] || chmod 755 "$folder/$program"
  done
  find "$folder" -exec touch -h -d "@$epoch" {} +
  case $platform in
    win-*)
      archive=$name.zip
      rm -f "$output/$archive"
      (cd "$stage" && find "$name" -type f | sort | zip -q -X -9 "$output/$archive" -@)
      ;;
    *)
      archive=$name.tar.gz
      (cd "$stage" && find "$name" -print0 | sort -z | tar --null --no-recursion -T - --owner=0 --group=0 --numeric-owner --format=ustar -cf - | gzip -n -9) >"$output/$archive.part"
      mv "$output/$archive.part" "$output/$archive"
      ;;
  esac
  say "$archive: $(($(wc -c <"$output/$archive") / 1000000)) MB, lacks$(lacks "$folder")"
  rm -rf "$stage"
done

(cd "$output" && for archive in skytree-"$version"-*; do sha256sum "$archive"; done >SHA256SUMS)
