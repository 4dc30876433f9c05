#include "nn/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace p2s {

void log_to_stderr() {
  if (spdlog::get("p2s") != nullptr) return;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("p2s"));
  spdlog::set_pattern("%l: %v");
}

}  // namespace p2s
