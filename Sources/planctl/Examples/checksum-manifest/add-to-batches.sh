# Appends the file names in its arguments to the batches.
#
# A batch is a file of shell words, each in single quotes, so that names with spaces, quotes,
# newlines or leading dashes are read back unchanged. The counts are in files because find runs
# this script more than once when the names exceed one command line.
set -eu

read -r files <"$PLANWRIGHT_WORKDIR/files"
read -r batches <"$PLANWRIGHT_WORKDIR/count"

# Sets the name of the current batch, with at least four digits. A command substitution with printf
# would take longer than the rest of the loop.
name_batch() {
  case $batches in
  ?) batch=000$batches ;;
  ??) batch=00$batches ;;
  ???) batch=0$batches ;;
  *) batch=$batches ;;
  esac
}

name_batch
for name do
  if [ $((files % PLANWRIGHT_ARG_BATCH_SIZE)) -eq 0 ]; then
    batches=$((batches + 1))
    name_batch
  fi
  quoted=
  while :; do
    case $name in
    *\'*) ;;
    *) break ;;
    esac
    quoted="$quoted${name%%\'*}'\\''"
    name=${name#*\'}
  done
  printf "'%s' " "$quoted$name" >>"$PLANWRIGHT_WORKDIR/batches/$batch"
  files=$((files + 1))
done
echo "$files" >"$PLANWRIGHT_WORKDIR/files"
echo "$batches" >"$PLANWRIGHT_WORKDIR/count"
