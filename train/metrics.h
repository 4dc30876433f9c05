#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>

namespace p2s {

// metrics.jsonl: one JSON object a line.
class MetricsLog {
 public:
  // Cuts the file to its first `keep_bytes`: what a killed run wrote after its last checkpoint will
  // be written again.
  MetricsLog(std::filesystem::path path, int64_t keep_bytes);
  void write(const nlohmann::ordered_json& record);  // Error(io) when the disk is full
  int64_t bytes() const { return bytes_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::ofstream out_;
  int64_t bytes_ = 0;
};

// Draws the losses of training and validation in a metrics.jsonl. What was undone by a roll-back is
// left out.
void draw_metrics(const std::filesystem::path& metrics, const std::filesystem::path& svg);

}  // namespace p2s
