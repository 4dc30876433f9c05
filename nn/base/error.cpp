#include "nn/base/error.h"

#include "nn/base/signals.h"

namespace p2s {

int exit_status(const Error& error) {
  if (error.code() == ErrorCode::cancelled) return 128 + stop_signal();
  return error.code() == ErrorCode::usage ? 2 : 1;
}

}  // namespace p2s
