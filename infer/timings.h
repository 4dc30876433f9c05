#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace p2s {

// Name of a stage and its milliseconds, in the order they ran.
using Timings = std::vector<std::pair<std::string, double>>;

// Notes how long each stage took since the one before it, or since the clock was made.
class StageClock {
 public:
  explicit StageClock(Timings& into) : into_(into) {}
  void done(const std::string& stage) {
    const auto now = std::chrono::steady_clock::now();
    into_.emplace_back(stage, std::chrono::duration<double, std::milli>(now - last_).count());
    last_ = now;
  }

 private:
  Timings& into_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace p2s
