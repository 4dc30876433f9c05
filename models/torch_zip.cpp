#include "models/torch_zip.h"

#include <cstdint>
#include <cstring>

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr size_t kLocalHeader = 30, kDirectoryEntry = 46, kEnd = 22;

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}
  template <class T>
  size_t number(size_t at) const {
    T value;
    std::memcpy(&value, slice(at, sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view slice(size_t at, size_t size) const {
    check(at <= bytes_.size() && size <= bytes_.size() - at, ErrorCode::format,
          "{}: damaged zip archive: byte {} is past its end; copy or download it again", file_, at);
    return bytes_.substr(at, size);
  }

 private:
  std::string_view bytes_;
  const std::string& file_;
};

}  // namespace

std::map<std::string, std::string_view> zip_entries(std::string_view bytes,
                                                    const std::string& file) {
  const size_t end = bytes.rfind("PK\5\6");
  check(end != std::string_view::npos && bytes.size() - end >= kEnd, ErrorCode::format,
        "{}: zip archive without its directory: the file is cut short; copy or download it again",
        file);
  const Reader reader(bytes, file);
  const size_t count = reader.number<uint16_t>(end + 10);
  size_t at = reader.number<uint32_t>(end + 16);
  std::map<std::string, std::string_view> entries;
  for (size_t i = 0; i < count; ++i) {
    check(reader.slice(at, 4) == "PK\1\2", ErrorCode::format,
          "{}: damaged zip archive: no entry at byte {}; copy or download it again", file, at);
    check(reader.number<uint16_t>(at + 10) == 0, ErrorCode::format,
          "{}: compressed zip archive; torch.save writes it without compression", file);
    const size_t size = reader.number<uint32_t>(at + 24);
    const size_t name_size = reader.number<uint16_t>(at + 28);
    const size_t local = reader.number<uint32_t>(at + 42);
    const size_t data = local + kLocalHeader + reader.number<uint16_t>(local + 26) +
                        reader.number<uint16_t>(local + 28);
    entries.emplace(reader.slice(at + kDirectoryEntry, name_size), reader.slice(data, size));
    at += kDirectoryEntry + name_size + reader.number<uint16_t>(at + 30) +
          reader.number<uint16_t>(at + 32);
  }
  return entries;
}

}  // namespace p2s
