#!/usr/bin/env bash
# Formats all Swift source in place, with the formatter that comes with the toolchain and the
# settings in .swift-format. Scripts/check.sh says what it could not repair.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

swift format format --in-place --parallel --recursive Sources Tests Package.swift
