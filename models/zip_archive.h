#pragma once

#include <map>
#include <string>
#include <string_view>

namespace p2s {

inline bool is_zip(std::string_view bytes) { return bytes.starts_with("PK\3\4"); }

// A file in a zip archive, as it lies there.
struct ZipEntry {
  std::string_view stored;
  bool deflated = false;
  size_t size = 0;  // when inflated
};

// The files of an archive below 4 GB by name, as torch.save and NumPy write them. Error(format)
// names `file` and what is wrong.
std::map<std::string, ZipEntry> zip_entries(std::string_view bytes, const std::string& file);

// The content of a deflated entry; `name` is for errors.
std::string inflate(const ZipEntry& entry, const std::string& file, const std::string& name);

}  // namespace p2s
