# Strategize: lists the files below the directory and divides the list into batches.
set -eu
# Names are bytes, independent of the user's locale.
LC_ALL=C
export LC_ALL

if [ ! -d "$PLANWRIGHT_ARG_DIRECTORY" ]; then
  printf "there is no directory '%s'\n" "$PLANWRIGHT_ARG_DIRECTORY" >&2
  exit 66
fi

# An interrupted attempt may have left files.
rm -rf "$PLANWRIGHT_WORKDIR/batches" "$PLANWRIGHT_WORKDIR/sums" "$PLANWRIGHT_WORKDIR/directory"
mkdir "$PLANWRIGHT_WORKDIR/batches" "$PLANWRIGHT_WORKDIR/sums"
echo 0 >"$PLANWRIGHT_WORKDIR/files"
echo 0 >"$PLANWRIGHT_WORKDIR/count"

case $PLANWRIGHT_ARG_DIRECTORY in
/*) ;;
*) PLANWRIGHT_ARG_DIRECTORY=./$PLANWRIGHT_ARG_DIRECTORY ;;
esac
cd "$PLANWRIGHT_ARG_DIRECTORY"
# A symbolic link stores any path unchanged. The full stop protects newlines at the end of the
# path: a command substitution removes all newlines at the end of its output.
here=$(pwd -P && printf .)
ln -s "${here%??}/." "$PLANWRIGHT_WORKDIR/directory"

# Excludes the manifest, its drafts, whose names end with a plan id, and the scratch folder of this
# plan, which may be below the directory.
id=
while [ "${#id}" -lt 208 ]; do id="${id}[0-9A-Z]"; done
find . -type d -name "${PLANWRIGHT_WORKDIR##*/}" -prune -o \
  -type f ! -path ./SHA256SUMS ! -path "./.SHA256SUMS.$id" \
  -exec sh "$PLANWRIGHT_FILE_DIR/checksum-manifest/add-to-batches.sh" {} +

read -r files <"$PLANWRIGHT_WORKDIR/files"
read -r batches <"$PLANWRIGHT_WORKDIR/count"
if [ "$batches" -gt 10000 ]; then
  echo "$files files need $batches batches, but the limit is 10000: choose a larger batch-size" >&2
  exit 65
fi
printf '{"result": {"files": %d, "batches": %d}}\n' "$files" "$batches"
