#include "models/zip_archive.h"

#include <zlib.h>

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

std::map<std::string, ZipEntry> zip_entries(std::string_view bytes, const std::string& file) {
  const size_t end = bytes.rfind("PK\5\6");
  check(end != std::string_view::npos && bytes.size() - end >= kEnd, ErrorCode::format,
        "{}: zip archive without its directory: the file is cut short; copy or download it again",
        file);
  const Reader reader(bytes, file);
  const size_t count = reader.number<uint16_t>(end + 10);
  size_t at = reader.number<uint32_t>(end + 16);
  std::map<std::string, ZipEntry> entries;
  for (size_t i = 0; i < count; ++i) {
    check(reader.slice(at, 4) == "PK\1\2", ErrorCode::format,
          "{}: damaged zip archive: no entry at byte {}; copy or download it again", file, at);
    const size_t method = reader.number<uint16_t>(at + 10);
    check(method == 0 || method == Z_DEFLATED, ErrorCode::format,
          "{}: zip archive compressed by method {}; stored and deflated ones are read", file,
          method);
    const size_t stored = reader.number<uint32_t>(at + 20), size = reader.number<uint32_t>(at + 24);
    check(size != UINT32_MAX && stored != UINT32_MAX, ErrorCode::format,
          "{}: zip archive of 4 GB or more, which is not read", file);
    check(method != 0 || stored == size, ErrorCode::format,
          "{}: damaged zip archive: two sizes at byte {}; copy or download it again", file, at);
    const size_t name_size = reader.number<uint16_t>(at + 28);
    const size_t local = reader.number<uint32_t>(at + 42);
    const size_t data = local + kLocalHeader + reader.number<uint16_t>(local + 26) +
                        reader.number<uint16_t>(local + 28);
    entries.emplace(reader.slice(at + kDirectoryEntry, name_size),
                    ZipEntry{reader.slice(data, stored), method != 0, size});
    at += kDirectoryEntry + name_size + reader.number<uint16_t>(at + 30) +
          reader.number<uint16_t>(at + 32);
  }
  return entries;
}

std::string inflate(const ZipEntry& entry, const std::string& file, const std::string& name) {
  // Deflate makes nothing smaller than by this factor: a larger size is an attack on memory.
  constexpr size_t kMostRatio = 1032;
  std::string content;
  z_stream stream{};
  if (entry.size <= entry.stored.size() * kMostRatio && inflateInit2(&stream, -MAX_WBITS) == Z_OK) {
    content.resize(entry.size);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(entry.stored.data()));
    stream.avail_in = uInt(entry.stored.size());
    stream.next_out = reinterpret_cast<Bytef*>(content.data());
    stream.avail_out = uInt(content.size());
    const int status = ::inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (status == Z_STREAM_END && stream.avail_out == 0) return content;
  }
  fail(ErrorCode::format, "{}: damaged zip archive: {} cannot be inflated; download it again", file,
       name);
}

}  // namespace p2s
