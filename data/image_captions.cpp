#include "data/image_captions.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

using Json = nlohmann::json;

ImageCaption entry_of(const Json& entry, const std::string& place) {
  const auto id = entry.find("image_id"), caption = entry.find("caption");
  check(id != entry.end() && (id->is_number_integer() || id->is_string()), ErrorCode::format,
        "{}.image_id is no whole number or text", place);
  check(caption != entry.end() && caption->is_string(), ErrorCode::format, "{}.caption is no text",
        place);
  return {id->is_string() ? id->get<std::string>() : id->dump(), caption->get<std::string>()};
}

// Takes each entry when it is complete, so that only captions stay in memory.
class Entries {
 public:
  explicit Entries(std::string file) : file_(std::move(file)) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth == 0 && event == Event::array_start) entry_depth_ = 1;
    if (depth == 1 && event == Event::key) wanted_ = parsed == "annotations";
    const bool listed = entry_depth_ == 1 || wanted_;
    if (event == Event::object_end && depth == entry_depth_ && listed) {
      captions_.push_back(entry_of(parsed, fmt::format("{}: entry {}", file_, captions_.size())));
    }
    // What is complete above an entry's members is not kept.
    return depth > entry_depth_ || event == Event::object_start || event == Event::array_start ||
           event == Event::key;
  }
  std::vector<ImageCaption> take() { return std::move(captions_); }

 private:
  std::string file_;
  std::vector<ImageCaption> captions_;
  int entry_depth_ = 2;
  bool wanted_ = false;
};

}  // namespace

std::vector<ImageCaption> read_image_captions(const std::filesystem::path& json) {
  require_file(json);
  errno = 0;
  std::ifstream in(json, std::ios::binary);
  check(bool(in), ErrorCode::io, "{}: cannot open: {}", json.string(), std::strerror(errno));
  Entries entries(json.string());
  try {
    std::ignore = Json::parse(in, [&](int depth, Json::parse_event_t event, Json& parsed) {
      return entries(depth, event, parsed);
    });
  } catch (const Json::parse_error& error) {
    fail(ErrorCode::format, "{}: broken JSON at byte {}; copy or download the file again",
         json.string(), error.byte);
  }
  std::vector<ImageCaption> captions = entries.take();
  check(!captions.empty(), ErrorCode::format,
        "{}: has no caption; a list of entries with image_id and caption is needed", json.string());
  return captions;
}

}  // namespace p2s
