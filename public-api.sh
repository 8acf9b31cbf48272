#!/bin/bash
# Writes down anew what each library shows to others, in its PublicAPI.Unshipped.txt: after a change that is meant, look at
# the difference and commit it. --ship moves it to PublicAPI.Shipped.txt, for a release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [ "${1-}" = --ship ]; then
  for shipped in SkyTree.*/PublicAPI.Shipped.txt; do
    unshipped=${shipped/Shipped/Unshipped}
    { printf '#nullable enable\n'; LC_ALL=C sort -u <(grep -hv '^#' "$shipped") <(grep -hv '^#' "$unshipped"); } >"$shipped.new"
    mv "$shipped.new" "$shipped"
    printf '#nullable enable\n' >"$unshipped"
  done
  exit
fi

for file in SkyTree.*/PublicAPI.Unshipped.txt; do
  project=${file%%/*}
  printf '#nullable enable\n' >"$file"
  # What is missing from the file is told as RS0016, one line each.
  if ! output=$(dotnet build "$project" -c Release -v quiet --nologo -p:WarningsNotAsErrors=RS0016 --no-incremental 2>&1); then
    printf '%s\n' "$output" >&2
    exit 1
  fi
  sed -nE "s/^[^ ]*$project\/.*RS0016: Symbol '(.*)' is not part of the declared public API.*$/\1/p" <<<"$output" | LC_ALL=C sort -u >>"$file"
done
wc -l SkyTree.*/PublicAPI.Unshipped.txt
