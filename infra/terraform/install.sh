#!/bin/sh
# Builds OpenTofu into .mend/tools from its Go module, in the version and with the checksums of tools/go.sum, unless
# Terraform or OpenTofu is installed. It needs Go, and takes some minutes once.
set -eu
cd "$(dirname "$0")/tools"
if command -v terraform || command -v tofu; then exit 0; fi
mkdir -p ../../../.mend/tools
[ -x ../../../.mend/tools/tofu ] || go build -mod=readonly -o ../../../.mend/tools/tofu github.com/opentofu/opentofu/cmd/tofu
