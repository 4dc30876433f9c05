#include "train/metrics.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/line_chart.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

using Points = std::vector<std::pair<double, double>>;

void drop_after(Points& points, double step) {
  std::erase_if(points, [&](const auto& point) { return point.first > step; });
}

// A record that a person altered is passed over: the picture is only a help.
void add_record(const nlohmann::json& record, Points& training, Points& validation) {
  if (!record.contains("step") || !record["step"].is_number()) return;
  const double step = record["step"];
  if (record.contains("rolled_back_to") && record["rolled_back_to"].is_number()) {
    drop_after(training, record["rolled_back_to"]);
    drop_after(validation, record["rolled_back_to"]);
  } else if (record.contains("loss") && record["loss"].is_number()) {
    training.emplace_back(step, record["loss"]);
  } else if (record.contains("validation") && record["validation"].contains("loss") &&
             record["validation"]["loss"].is_number()) {
    validation.emplace_back(step, record["validation"]["loss"]);
  }
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path path, int64_t keep_bytes) : path_(std::move(path)) {
  std::error_code error;
  if (std::filesystem::exists(path_, error)) {
    const auto size = int64_t(std::filesystem::file_size(path_, error));
    bytes_ = std::min(size, keep_bytes);
    if (!error && bytes_ < size) std::filesystem::resize_file(path_, uintmax_t(bytes_), error);
  }
  if (!error) out_.open(path_, std::ios::app);
  check(!error && out_.is_open(), ErrorCode::io, "{}: cannot be written; is the folder yours?",
        path_.string());
}

void MetricsLog::write(const nlohmann::ordered_json& record) {
  const std::string line = record.dump() + "\n";
  out_ << line << std::flush;
  check(out_.good(), ErrorCode::io, "{}: cannot be written; is the disk full?", path_.string());
  bytes_ += int64_t(line.size());
}

void draw_metrics(const std::filesystem::path& metrics, const std::filesystem::path& svg) {
  Points training, validation;
  std::ifstream in(metrics);
  for (std::string line; std::getline(in, line);) {
    const nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
    if (record.is_object()) add_record(record, training, validation);
  }
  write_line_chart(svg, {.title = metrics.parent_path().filename().string(),
                         .x_label = "step",
                         .y_label = "loss",
                         .curves = {{"training", training}, {"validation", validation}},
                         .scale = Scale::chosen});
}

}  // namespace p2s
