#pragma once

namespace p2s {

// What libraries report (spdlog) goes to stderr, as "warning: text", so that stdout holds results
// only. nn/base/program.h calls it first.
void log_to_stderr();

}  // namespace p2s
