#include <exception>
#include <iostream>

#include "nn/base/error.h"
#include "nn/base/log.h"
#include "nn/base/signals.h"
#include "train/cli.h"

int main(int argc, char** argv) {
  try {
    p2s::log_to_stderr();
    p2s::install_stop_signals();
    p2s::run_p2s_train({argv + 1, argv + argc}, std::cout);
    return 0;
  } catch (const p2s::Error& e) {
    std::cerr << "p2s-train: " << e.what() << '\n';
    return p2s::exit_status(e);
  } catch (const std::exception& e) {
    std::cerr << "p2s-train: " << e.what() << '\n';
    return 1;
  }
}
