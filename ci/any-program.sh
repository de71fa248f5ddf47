#!/usr/bin/env bash
# `harness run` on programs that grow, and on their negative controls, beside their truth: one of each kind, those that do
# not take long. All of them: tools/growing_programs.py --harness target/debug/harness
#
# usage: HARNESS=target/debug/harness ci/any-program.sh
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v python3 >/dev/null; then
    echo "not run: there is no python3"
    exit 0
fi
(cd tools && python3 -m unittest -q growing_compared_test)
python3 tools/growing_programs.py --harness "${HARNESS:-target/debug/harness}" --only \
    c-plain c-getaddrinfo c-list-lost c-interior-pointer c-drip c-mmap c-memfd c-high-water c-one-off \
    c-fork-worker c-exec-clean-environment c-main-thread-ends \
    cpp-shared-cycle cpp-bounded-cache cpp-queue-in-main cpp-pmr-arena rust-rc-cycle
