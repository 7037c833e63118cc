# Strategize: lists the files below the directory and cuts the list into batches.
set -eu
# Names are bytes, whatever language the user speaks.
LC_ALL=C
export LC_ALL

if [ ! -d "$PLANWRIGHT_ARG_DIRECTORY" ]; then
  printf "there is no directory '%s'\n" "$PLANWRIGHT_ARG_DIRECTORY" >&2
  exit 66
fi

# An attempt that was cut short may have left something behind.
rm -rf "$PLANWRIGHT_WORKDIR/batches" "$PLANWRIGHT_WORKDIR/sums" "$PLANWRIGHT_WORKDIR/directory"
mkdir "$PLANWRIGHT_WORKDIR/batches" "$PLANWRIGHT_WORKDIR/sums"
echo 0 >"$PLANWRIGHT_WORKDIR/files"
echo 0 >"$PLANWRIGHT_WORKDIR/count"

case $PLANWRIGHT_ARG_DIRECTORY in
/*) ;;
*) PLANWRIGHT_ARG_DIRECTORY=./$PLANWRIGHT_ARG_DIRECTORY ;;
esac
cd "$PLANWRIGHT_ARG_DIRECTORY"
# A link keeps the path as it is, whatever characters it is made of. The full stop keeps newlines
# at its end from being cut off with the one that pwd adds.
here=$(pwd -P && printf .)
ln -s "${here%??}/." "$PLANWRIGHT_WORKDIR/directory"

# Left out: the manifest, drafts of it, which end in a plan's id, and this plan's own scratch
# folder, which may lie below the directory.
id=
while [ "${#id}" -lt 208 ]; do id="${id}[0-9A-Z]"; done
find . -type d -name "${PLANWRIGHT_WORKDIR##*/}" -prune -o \
  -type f ! -path ./SHA256SUMS ! -path "./.SHA256SUMS.$id" \
  -exec sh "$PLANWRIGHT_FILE_DIR/checksum-manifest/add-to-batches.sh" {} +

read -r files <"$PLANWRIGHT_WORKDIR/files"
read -r batches <"$PLANWRIGHT_WORKDIR/count"
if [ "$batches" -gt 10000 ]; then
  echo "$files files make $batches batches, and 10000 is the most: choose a larger batch-size" >&2
  exit 65
fi
printf '{"result": {"files": %d, "batches": %d}}\n' "$files" "$batches"
