#pragma once

#include <spdlog/fmt/fmt.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace p2s {

// What kind of mistake it was. `usage`: flags, keys, values a person typed; `shape`: tensors that
// do not fit together; `io`: the operating system refused; `format`: a file's content is not what
// it should be; `device`: an accelerator is missing or failed; `cancelled`: Ctrl-C or SIGTERM;
// `internal`: our own bug.
enum class ErrorCode { usage, shape, io, format, device, cancelled, internal };

// The only exception type the libraries throw. The message is one line: what was being done, what
// was wrong, what it got, and the remedy where there is one. Only a `main` prints it.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string message)
      : std::runtime_error(std::move(message)), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

// fail(ErrorCode::shape, "matmul: inner sizes differ: {} x {}", a, b) throws Error.
template <class... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

// check(condition, code, format, ...) throws when the condition is false.
template <class... Args>
void check(bool condition, ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) fail(code, format, std::forward<Args>(args)...);
}

// 0 ok, 1 failure, 2 usage, 128 + n after signal n.
int exit_status(const Error& error);

}  // namespace p2s
