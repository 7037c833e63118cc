# Apply: puts the checksums of all batches together, sorted by name, and in place at once.
set -eu

cd "$PLANWRIGHT_WORKDIR/directory"
if [ -d SHA256SUMS ]; then
  echo "the manifest cannot be written: SHA256SUMS is a directory there" >&2
  exit 73
fi

# Named one by one: there may be none, or too many for one command line.
read -r batches <"$PLANWRIGHT_WORKDIR/count"
batch=1
while [ "$batch" -le "$batches" ]; do
  cat "$PLANWRIGHT_WORKDIR/sums/$(printf %04d "$batch")"
  batch=$((batch + 1))
done >"$PLANWRIGHT_WORKDIR/all"

# A name with a newline takes one line as well, or else the manifest could not be checked.
read -r files <"$PLANWRIGHT_WORKDIR/files"
lines=$(wc -l <"$PLANWRIGHT_WORKDIR/all")
if [ "$lines" -ne "$files" ]; then
  echo "there are $((lines)) lines of checksums for $files files" >&2
  exit 65
fi

draft=.SHA256SUMS.$PLANWRIGHT_PLAN
trap 'rm -f "$draft"' EXIT
trap 'exit 143' TERM
LC_ALL=C sort -k 2 "$PLANWRIGHT_WORKDIR/all" >"$draft"
mv "$draft" SHA256SUMS
printf '{"result": {"manifest": "SHA256SUMS", "files": %d}}\n' "$files"
