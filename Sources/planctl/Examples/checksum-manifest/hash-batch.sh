# Execute of a child: computes the checksums of one batch.
set -eu

cd "$PLANWRIGHT_WORKDIR/directory"
# An assignment of its own: it ends the script if cat fails, which eval would not notice.
names=$(cat "$PLANWRIGHT_WORKDIR/batches/$PLANWRIGHT_ARG_BATCH")
eval "set -- $names"
sums=$PLANWRIGHT_WORKDIR/sums/$PLANWRIGHT_ARG_BATCH
if command -v sha256sum >/dev/null 2>&1; then
  sha256sum -- "$@" >"$sums.$$"
else
  shasum -a 256 -- "$@" >"$sums.$$"
fi
mv "$sums.$$" "$sums"
printf '{"result": {"batch": "%s", "files": %d}}\n' "$PLANWRIGHT_ARG_BATCH" "$#"
