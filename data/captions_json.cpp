#include "data/captions_json.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

using Json = nlohmann::json;

// Depth 1 is the file's object, 2 the lists "images" and "annotations", 3 their entries. Whatever
// else there is, at any depth, is passed over.
class CaptionHandler : public Json::json_sax_t {
 public:
  CaptionHandler(const fs::path& path, std::istream& in) : path_(path), in_(in) {}

  CaptionFile take() {
    check(saw_images_ && saw_annotations_, ErrorCode::format,
          "{}: has no \"{}\"; COCO's caption layout is needed", path_.string(),
          saw_images_ ? "annotations" : "images");
    return std::move(file_);
  }

  bool null() override { return scalar("null"); }
  bool boolean(bool) override { return scalar("true or false"); }
  bool number_float(number_float_t, const string_t&) override { return scalar("a fraction"); }
  bool number_integer(number_integer_t value) override { return integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (wants_integer() && value > uint64_t(std::numeric_limits<int64_t>::max())) {
      wrong_type("an integer", "a number that is too large");
    }
    return integer(int64_t(value));
  }
  bool string(string_t& value) override {
    if (!wants_text()) return scalar("a text");
    (section_ == Section::images ? image_.file_name : annotation_.caption) = std::move(value);
    has_text_ = true;
    return true;
  }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override {
    if (depth_ != 0 && depth_ != 2) scalar("an object");
    if (++depth_ == 3) has_id_ = has_text_ = false;
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ != 1) scalar("a list");
    ++depth_;
    return true;
  }
  bool end_object() override {
    if (depth_ == 3 && section_ != Section::other) finish_entry();
    --depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      section_ = name == "images"        ? Section::images
                 : name == "annotations" ? Section::annotations
                                         : Section::other;
      saw_images_ |= section_ == Section::images;
      saw_annotations_ |= section_ == Section::annotations;
    }
    if (depth_ == 3) member_ = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& e) override {
    const std::string reason = e.what();
    const size_t detail = reason.rfind(": ");
    fail(ErrorCode::format, "{}: broken JSON at byte {}: {}; {}", path_.string(), position,
         reason.substr(detail == std::string::npos ? 0 : detail + 2),
         "copy or download the file again");
  }

 private:
  enum class Section { images, annotations, other };

  bool in_entry() const { return depth_ == 3 && section_ != Section::other; }
  bool wants_integer() const {
    return in_entry() && member_ == (section_ == Section::images ? "id" : "image_id");
  }
  bool wants_text() const {
    return in_entry() && member_ == (section_ == Section::images ? "file_name" : "caption");
  }
  // "images[3].id"
  std::string place() const {
    if (depth_ == 0) return "the file";
    if (section_ == Section::other) return "a member";
    const bool images = section_ == Section::images;
    std::string name = images ? "images" : "annotations";
    if (depth_ == 1) return name;
    name += fmt::format("[{}]", images ? file_.images.size() : file_.annotations.size());
    return depth_ == 2 ? name : name + "." + member_;
  }
  [[noreturn]] void wrong_type(const char* needed, const char* got) const {
    fail(ErrorCode::format, "{}: {} is {}, {} is needed (at byte {})", path_.string(), place(), got,
         needed, int64_t(in_.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in)));
  }
  // Called for every value that no member above takes.
  bool scalar(const char* got) {
    if (depth_ == 0) wrong_type("an object", got);
    if (depth_ == 1 && section_ != Section::other) wrong_type("a list", got);
    if (depth_ == 2 && section_ != Section::other) wrong_type("an object", got);
    if (wants_integer()) wrong_type("an integer", got);
    if (wants_text()) wrong_type("a text", got);
    return true;
  }
  bool integer(int64_t value) {
    if (!wants_integer()) return scalar("a number");
    (section_ == Section::images ? image_.id : annotation_.image_id) = value;
    has_id_ = true;
    return true;
  }
  void finish_entry() {
    const bool images = section_ == Section::images;
    if (!has_id_ || !has_text_) {
      member_ = has_id_ ? (images ? "file_name" : "caption") : (images ? "id" : "image_id");
      wrong_type(has_id_ ? "a text" : "an integer", "missing");
    }
    if (images) {
      file_.images.push_back(std::move(image_));
    } else {
      file_.annotations.push_back(std::move(annotation_));
    }
  }

  const fs::path& path_;
  std::istream& in_;
  CaptionFile file_;
  CaptionFile::Image image_;
  CaptionFile::Annotation annotation_;
  Section section_ = Section::other;
  std::string member_;
  int64_t depth_ = 0;
  bool saw_images_ = false, saw_annotations_ = false, has_id_ = false, has_text_ = false;
};

}  // namespace

CaptionFile parse_captions(const std::filesystem::path& json) {
  require_file(json);
  errno = 0;
  std::ifstream in(json, std::ios::binary);
  check(bool(in), ErrorCode::io, "{}: cannot open: {}", json.string(), std::strerror(errno));
  CaptionHandler handler(json, in);
  Json::sax_parse(in, &handler);
  return handler.take();
}

}  // namespace p2s
