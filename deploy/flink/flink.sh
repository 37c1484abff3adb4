#!/usr/bin/env bash
# Flink's own command: list, stop, cancel, savepoint, …
#
#   deploy/flink/flink.sh list
#   deploy/flink/flink.sh stop --savepointPath file:///var/millrace/savepoints JOB
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

run_java 256m log4j-cli.properties org.apache.flink.client.cli.CliFrontend "$@"
