#!/usr/bin/env bash
# Starts a Flink JobManager and stays in the foreground.
#
#   deploy/flink/jobmanager.sh [-D key=value]...
#
# JOBMANAGER_HEAP   512m
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

run_java "${JOBMANAGER_HEAP:-512m}" log4j-console.properties \
  org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint \
  --configDir "$FLINK_CONF_DIR" "$@"
