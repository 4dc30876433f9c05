#include "nn/base/signals.h"

#include <csignal>

#include "nn/base/error.h"

namespace p2s {
namespace {

volatile std::sig_atomic_t received = 0;

void on_signal(int number) {
  if (received != 0) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  received = number;
}

}  // namespace

void install_stop_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

int stop_signal() { return received; }

void throw_if_stopped() {
  if (received != 0) fail(ErrorCode::cancelled, "stopped by signal {}", int(received));
}

}  // namespace p2s
