#include "nn/base/progress.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace p2s {
namespace {

constexpr int kBarWidth = 24;
constexpr double kRedrawSeconds = 0.1;
constexpr double kLogSeconds = 20;

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Progress::Progress(std::string label, int64_t total, int64_t done)
    : label_(std::move(label)),
      total_(total),
      first_(done),
      terminal_(::isatty(STDERR_FILENO) != 0),
      start_(Clock::now()) {}

Progress::~Progress() {
  if (bar_shown_) std::fputc('\n', stderr);
}

void Progress::update(int64_t done, const std::string& note) {
  const Clock::time_point now = Clock::now();
  const bool due = seconds_between(shown_, now) >= (terminal_ ? kRedrawSeconds : kLogSeconds);
  if (!due && done < total_) return;
  shown_ = now;
  const std::string text = status(done, note);
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    bar_shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
  std::fflush(stderr);
}

void Progress::message(const std::string& text) {
  clear_bar();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Progress::clear_bar() {
  if (!bar_shown_) return;
  std::fputs("\r\033[K", stderr);
  bar_shown_ = false;
}

std::string Progress::status(int64_t done, const std::string& note) const {
  const double share = total_ > 0 ? std::clamp(double(done) / double(total_), 0.0, 1.0) : 1;
  const double seconds = seconds_between(start_, Clock::now());
  const double rate = seconds > 0 ? double(done - first_) / seconds : 0;
  const int filled = int(share * kBarWidth);
  const std::string bar = terminal_ ? fmt::format(" [{}{}]", std::string(size_t(filled), '='),
                                                  std::string(size_t(kBarWidth - filled), ' '))
                                    : "";
  const std::string left = rate > 0 ? duration_text(double(total_ - done) / rate) : "?";
  return fmt::format("{}{} {}/{} {:.2f}/s, {} left{}{}", label_, bar, done, total_, rate, left,
                     note.empty() ? "" : ", ", note);
}

std::string duration_text(double seconds) {
  const auto whole = int64_t(std::max(seconds, 0.0) + 0.5);
  const int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace p2s
