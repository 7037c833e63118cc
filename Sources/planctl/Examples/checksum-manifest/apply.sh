# Apply: merges the checksums of all batches, sorted by name, and replaces the manifest atomically.
set -eu

cd "$PLANWRIGHT_WORKDIR/directory"
if [ -d SHA256SUMS ]; then
  echo "writing the manifest: SHA256SUMS is a directory; rename or remove it" >&2
  exit 73
fi

# A loop instead of a pattern: there may be no batch, or too many for one command line.
read -r batches <"$PLANWRIGHT_WORKDIR/count"
batch=1
while [ "$batch" -le "$batches" ]; do
  cat "$PLANWRIGHT_WORKDIR/sums/$(printf %04d "$batch")"
  batch=$((batch + 1))
done >"$PLANWRIGHT_WORKDIR/all"

# Every file has exactly one line, also if its name contains a newline: otherwise sha256sum could
# not check the manifest.
read -r files <"$PLANWRIGHT_WORKDIR/files"
lines=$(wc -l <"$PLANWRIGHT_WORKDIR/all")
if [ "$lines" -ne "$files" ]; then
  echo "merging the checksums: expected one line for each of $files files, found $((lines))" >&2
  exit 65
fi

draft=.SHA256SUMS.$PLANWRIGHT_PLAN
trap 'rm -f "$draft"' EXIT
trap 'exit 143' TERM
LC_ALL=C sort -k 2 "$PLANWRIGHT_WORKDIR/all" >"$draft"
mv "$draft" SHA256SUMS
printf '{"result": {"manifest": "SHA256SUMS", "files": %d}}\n' "$files"
