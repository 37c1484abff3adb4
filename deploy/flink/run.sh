#!/usr/bin/env bash
# Submits the ingest job to the cluster and returns; the job goes on.
#
#   deploy/flink/run.sh millrace.yaml [option of 'flink run']...
#
# MILLRACE_INGEST_JAR   flink-jobs/target/millrace-ingest.jar of a build
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

[ $# -ge 1 ] || fail "expected the configuration file, as in: $0 millrace.yaml"
config="$1"
shift
[ -f "$config" ] || fail "$config is not there"
jar="${MILLRACE_INGEST_JAR:-$root/flink-jobs/target/millrace-ingest.jar}"
[ -f "$jar" ] || fail "$jar is not there: build it with 'mvn -DskipTests -pl flink-jobs -am package'"

run_java 256m log4j-cli.properties org.apache.flink.client.cli.CliFrontend \
  run --detached "$@" "$jar" --config "$config"
