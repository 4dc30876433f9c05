#include "nn/base/program.h"

#include <exception>
#include <iostream>

#include "nn/base/error.h"
#include "nn/base/log.h"
#include "nn/base/parallel.h"

namespace p2s {

int run_program(const char* name, const std::function<void()>& work) {
  try {
    log_to_stderr();
    flush_denormals();
    work();
    return 0;
  } catch (const Error& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return exit_status(e);
  } catch (const std::exception& e) {
    std::cerr << name << ": " << e.what() << '\n';
    return 1;
  }
}

}  // namespace p2s
