#include "train/run_options.h"

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "nn/base/error.h"

namespace p2s {
namespace {

// None of these touches a step's numbers; the data's own fingerprint is compared apart from this.
const std::set<std::string>& free_keys() {
  static const std::set<std::string> keys = {
      "steps",     "epochs", "threads", "validate-steps", "patience", "checkpoint-steps",
      "log-steps", "corpus", "coco",    "convnet",        "encoder"};
  return keys;
}

std::map<std::string, std::string> entries(const std::string& toml) {
  std::map<std::string, std::string> result;
  std::istringstream lines(toml);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    if (line.empty() || line[0] == '#' || equals == std::string::npos) continue;
    const std::string key = line.substr(0, equals), value = line.substr(equals + 1);
    const bool unset = value == "\"\"" || value == "\"[]\"";
    if (!unset && !free_keys().contains(key)) result[key] = value;
  }
  return result;
}

bool same_value(const std::string& a, const std::string& b) {
  char *end_a = nullptr, *end_b = nullptr;
  const double x = std::strtod(a.c_str(), &end_a), y = std::strtod(b.c_str(), &end_b);
  const bool numbers = !a.empty() && !b.empty() && *end_a == '\0' && *end_b == '\0';
  return a == b || (numbers && x == y);
}

// What a flag that came with a later version is in the configuration of an older run.
bool is_off(const std::string& value) { return same_value(value, "0") || value == "false"; }

Schedule::Kind schedule_kind(const std::string& name) {
  if (name == "constant") return Schedule::Kind::constant;
  if (name == "step") return Schedule::Kind::step;
  if (name == "cosine") return Schedule::Kind::cosine;
  if (name == "inverse_sqrt") return Schedule::Kind::inverse_sqrt;
  fail(ErrorCode::usage, "--schedule: \"{}\" is none of constant, step, cosine, inverse_sqrt",
       name);
}

}  // namespace

Precision run_precision(const RunOptions& options) {
  return precision_named(options.precision, {Precision::fp32, Precision::tf32, Precision::bf16});
}

int64_t total_steps(const RunOptions& options, int64_t steps_per_epoch) {
  if (options.steps > 0) return options.steps;
  check(options.epochs > 0, ErrorCode::usage, "give --steps or --epochs above 0");
  return int64_t(std::ceil(options.epochs * double(steps_per_epoch)));
}

Schedule run_schedule(const RunOptions& options, int64_t steps_per_epoch) {
  Schedule schedule;
  schedule.kind = schedule_kind(options.schedule);
  schedule.warmup = options.warmup;
  schedule.factor = options.decay_factor;
  schedule.total = total_steps(options, steps_per_epoch);
  if (schedule.kind == Schedule::Kind::step) {
    check(options.decay_epochs > 0, ErrorCode::usage,
          "--schedule step: say after how many epochs with --decay-epochs");
    schedule.period = std::max<int64_t>(1, std::llround(options.decay_epochs * steps_per_epoch));
  }
  return schedule;
}

std::string config_difference(const std::string& stored, const std::string& wanted) {
  std::map<std::string, std::string> before = entries(stored), now = entries(wanted);
  std::string text;
  const auto note = [&](const std::string& key, const std::string& a, const std::string& b) {
    text += fmt::format("{}{} was {}, is {}", text.empty() ? "" : "; ", key, a, b);
  };
  for (const auto& [key, value] : before) {
    const auto found = now.find(key);
    if (found == now.end()) {
      note(key, value, "unset");
    } else if (!same_value(value, found->second)) {
      note(key, value, found->second);
    }
  }
  for (const auto& [key, value] : now) {
    if (!before.contains(key) && !is_off(value)) note(key, "unset", value);
  }
  return text;
}

}  // namespace p2s
