#include "train/style_cache.h"

#include <spdlog/spdlog.h>

#include <optional>

#include "nn/base/error.h"

namespace p2s {
namespace {

std::optional<std::vector<Style>> read_styles(const std::filesystem::path& file,
                                              const std::string& key) {
  if (!std::filesystem::exists(file)) return {};
  try {
    const ModelFileReader reader(file);
    if (reader.attribute("key") != key) return {};
    std::vector<Style> styles;
    for (const std::string& name : reader.texts("names")) {
      styles.push_back(read_style(reader, name, Device::ref));
    }
    return styles;
  } catch (const Error& error) {
    spdlog::warn("{}; making the styles again", error.what());
    return {};
  }
}

}  // namespace

std::vector<Style> cached_styles(const std::filesystem::path& file, const std::string& key,
                                 const std::function<std::vector<Style>()>& make) {
  if (auto known = read_styles(file, key)) return *std::move(known);
  std::vector<Style> styles = make();
  ModelFileWriter writer(file);
  writer.attribute("key", key);
  std::vector<std::string> names;
  for (const Style& style : styles) {
    names.push_back(style.name);
    write_style(writer, style);
  }
  writer.texts("names", names);
  writer.finish();
  return styles;
}

}  // namespace p2s
