#!/bin/bash
# Builds the release before the last change of formats, for tests in which nodes of both run side by side, and prints where
# its program is. Without its source in the history (a shallow clone) it prints nothing and ends with 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
commit=c955ea6adaea85a92a7afd093e8763a2ded0fe48 # the last with format level 1 only
folder=artifacts/earlier-release/$commit
program=$PWD/$folder/SkyTree.Web/bin/Release/net10.0/SkyTree.Web.dll

if [ ! -e "$folder/built" ]; then
  git cat-file -e "$commit^{commit}" 2>/dev/null || exit 1
  rm -rf artifacts/earlier-release
  mkdir -p "$folder"
  git archive "$commit" | tar -x -C "$folder" --exclude='docs/*' --exclude='tests/*' --exclude='bench/*'
  # Its settings are beside its solution, as those of this release are beside this one's.
  dotnet build "$folder/SkyTree.Web" -c Release -v quiet --nologo >&2
  touch "$folder/built"
fi
printf '%s\n' "$program"
