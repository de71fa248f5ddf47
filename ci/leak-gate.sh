#!/usr/bin/env bash
# The leak gate: what ci/leak-gate.toml asks for, held against ci/leak-baseline.json. Further options are the gate's own
# (`harness gate --help`); the exit code is the gate's.
set -euo pipefail
cd "$(dirname "$0")/.."
exec bash ci/harness.sh gate --config ci/leak-gate.toml "$@"
