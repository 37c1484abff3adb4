#!/usr/bin/env bash
# Makes Python modules of the Protobuf files: generated/millrace/v1/*_pb2.py
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
schemas=../../schemas/src/main/protobuf
rm -rf generated
mkdir generated
"${PYTHON:-python3}" -m grpc_tools.protoc -I "$schemas" --python_out=generated "$schemas"/millrace/v1/*.proto
