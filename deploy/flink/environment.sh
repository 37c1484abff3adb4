# What the scripts beside this one have in common; not to be run.
#
# FLINK_LIB         directory of Flink's jars (flink-cluster/target/lib of a build)
# FLINK_CONF_DIR    directory with config.yaml and what log4j is told (conf beside this file)
# FLINK_JAVA_OPTS   more options for the JVM
# shellcheck shell=bash

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
root="$(cd "$here/../.." && pwd -P)"
FLINK_LIB="${FLINK_LIB:-$root/flink-cluster/target/lib}"
export FLINK_CONF_DIR="${FLINK_CONF_DIR:-$here/conf}"

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

if [ -n "${JAVA_HOME:-}" ]; then
  java="$JAVA_HOME/bin/java"
else
  java="$(command -v java || true)"
fi
[ -n "$java" ] && [ -x "$java" ] || fail "no java found: install Java 17 or newer, or set JAVA_HOME"
[ -d "$FLINK_LIB" ] ||
  fail "$FLINK_LIB is not there: build it with 'mvn -DskipTests -pl flink-jobs -am package'"

# Replaces the shell by a JVM with Flink's jars: run_java HEAP LOG4J_PROPERTIES CLASS ARGUMENT...
run_java() {
  local heap="$1" log4j="$2"
  shift 2
  local opens=()
  local package
  # What Flink reaches into on Java 17.
  for package in java.lang java.lang.reflect java.io java.net java.nio java.text java.time java.util \
    java.util.concurrent java.util.concurrent.atomic java.util.concurrent.locks sun.nio.ch; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
  done
  # shellcheck disable=SC2086 # FLINK_JAVA_OPTS is a list
  exec "$java" -Xmx"$heap" -XX:+UseParallelGC "${opens[@]}" \
    -Dlog4j2.configurationFile="$FLINK_CONF_DIR/$log4j" \
    ${FLINK_JAVA_OPTS:-} -cp "$FLINK_LIB/*" "$@"
}
