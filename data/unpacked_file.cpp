#include "data/unpacked_file.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

constexpr size_t kPiece = size_t(1) << 18;
constexpr size_t kLongestLine = size_t(1) << 20;

gzFile gz(void* file) { return static_cast<gzFile>(file); }

}  // namespace

void UnpackedFile::Close::operator()(void* file) const { gzclose(gz(file)); }

UnpackedFile::UnpackedFile(std::filesystem::path path) : path_(std::move(path)) {
  require_file(path_);
  errno = 0;
  file_.reset(gzopen(path_.c_str(), "rb"));
  check(file_ != nullptr, ErrorCode::io, "{}: cannot open: {}", path_.string(),
        std::strerror(errno));
  gzbuffer(gz(file_.get()), unsigned(kPiece));
}

UnpackedFile::~UnpackedFile() = default;

void UnpackedFile::fill(size_t count) {
  buffer_.erase(0, at_);
  at_ = 0;
  while (buffer_.size() < count) {
    const size_t old = buffer_.size();
    buffer_.resize(old + std::max(kPiece, count - old));
    const int got = gzread(gz(file_.get()), buffer_.data() + old, unsigned(buffer_.size() - old));
    buffer_.resize(old + size_t(std::max(got, 0)));
    if (got > 0) continue;
    int status = Z_OK;
    const char* reason = gzerror(gz(file_.get()), &status);
    check(status == Z_OK, ErrorCode::format, "{}: cannot be unpacked: {}; is it cut?",
          path_.string(), reason);
    return;
  }
}

std::string_view UnpackedFile::ahead(size_t count) {
  if (buffer_.size() - at_ < count) fill(count);
  return std::string_view(buffer_).substr(at_);
}

bool UnpackedFile::line(std::string& text) {
  for (size_t wanted = 1, searched = 0;;) {
    const std::string_view bytes = ahead(wanted);
    if (bytes.empty()) return false;
    const size_t end = bytes.find('\n', searched);
    const bool last = bytes.size() < wanted;
    if (end != std::string_view::npos || last) {
      text.assign(bytes.substr(0, end));
      take(std::min(text.size() + 1, bytes.size()));
      if (!text.empty() && text.back() == '\r') text.pop_back();
      return true;
    }
    check(bytes.size() < kLongestLine, ErrorCode::format,
          "{}: a line of more than a megabyte; is it a text file?", path_.string());
    searched = bytes.size();
    wanted = bytes.size() + 1;
  }
}

}  // namespace p2s
