#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace p2s {

// Shows on stderr how far long work has come: a bar that is redrawn in place on a terminal, plain
// lines, a few a minute, in a log.
class Progress {
 public:
  // `total` steps of which `done` were done before (a resumed run): the rate counts new ones only.
  Progress(std::string label, int64_t total, int64_t done = 0);
  ~Progress();  // ends the bar's line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `note` stands behind the bar: the loss, the learning rate.
  void update(int64_t done, const std::string& note = "");
  // A line of its own, above the bar.
  void message(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  std::string status(int64_t done, const std::string& note) const;
  void clear_bar();
  std::string label_;
  int64_t total_, first_;
  bool terminal_;
  bool bar_shown_ = false;
  Clock::time_point start_, shown_;
};

// "2:05:09", "12:30"; for ETAs.
std::string duration_text(double seconds);

}  // namespace p2s
