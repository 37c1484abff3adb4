#!/usr/bin/env bash
# Starts a Flink TaskManager and stays in the foreground; start as many as you like, anywhere that
# sees the store's directory.
#
#   deploy/flink/taskmanager.sh [-D key=value]...
#
# TASKMANAGER_HEAP   1g
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

run_java "${TASKMANAGER_HEAP:-1g}" log4j-console.properties \
  org.apache.flink.runtime.taskexecutor.TaskManagerRunner \
  --configDir "$FLINK_CONF_DIR" "$@"
