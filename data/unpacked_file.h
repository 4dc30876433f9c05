#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace p2s {

// Reads a file from front to back, through gzip where it is packed so.
class UnpackedFile {
 public:
  // Error(io) names the file when it cannot be opened.
  explicit UnpackedFile(std::filesystem::path path);
  ~UnpackedFile();
  UnpackedFile(const UnpackedFile&) = delete;
  UnpackedFile& operator=(const UnpackedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // The next bytes without taking them: at least `count`, fewer only at the end of the file.
  // Error(format) when a packed file is damaged.
  std::string_view ahead(size_t count);
  // Takes bytes that ahead() showed.
  void take(size_t count) { at_ += count; }
  // The next line without its end; false at the end of the file. Error(format) for a line of more
  // than a megabyte.
  bool line(std::string& text);

 private:
  void fill(size_t count);

  std::filesystem::path path_;
  struct Close {
    void operator()(void* file) const;
  };
  std::unique_ptr<void, Close> file_;
  std::string buffer_;
  size_t at_ = 0;
};

}  // namespace p2s
