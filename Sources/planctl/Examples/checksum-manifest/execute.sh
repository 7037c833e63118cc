# Execute: spawns one child for each batch, and completes after all of them have succeeded.
set -eu

read -r batches <"$PLANWRIGHT_WORKDIR/count"
if [ "$batches" -eq 0 ]; then
  echo '{"result": {"batches": 0}}'
elif [ "$PLANWRIGHT_ROUND" -eq 0 ]; then
  printf '{"schedule": {"mode": "parallel", "maxParallel": 4, "failFast": true}, "children": ['
  batch=1
  comma=
  while [ "$batch" -le "$batches" ]; do
    printf '%s{"key": "batch-%04d", "action": "local/checksum-batch", ' "$comma" "$batch"
    printf '"arguments": {"batch": "%04d"}}' "$batch"
    batch=$((batch + 1))
    comma=', '
  done
  echo ']}'
elif [ "$PLANWRIGHT_CHILDREN_SUCCEEDED" -eq "$PLANWRIGHT_CHILDREN_TOTAL" ]; then
  printf '{"result": {"batches": %d}}\n' "$batches"
else
  echo "only $PLANWRIGHT_CHILDREN_SUCCEEDED of $PLANWRIGHT_CHILDREN_TOTAL batches succeeded" >&2
  exit 65
fi
