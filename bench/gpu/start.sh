#!/bin/sh
# Builds, tests and measures sconce with the Node of the bundle that this lies in; see run.ts.
set -e
cd "$(dirname "$0")/../.."
if [ -x node/bin/node ]; then
  PATH="$PWD/node/bin:$PATH"
  export PATH
fi
exec node --import tsx bench/gpu/run.ts "$@"
