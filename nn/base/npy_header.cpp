#include "nn/base/npy_header.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "nn/base/error.h"

namespace p2s {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeader = 1 << 20;
constexpr size_t kMaxRank = 32;  // NumPy's own

class Dictionary {
 public:
  Dictionary(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  std::string type() const {
    std::string_view value = after("'descr':");
    if (!value.starts_with('\'')) damaged();  // a structured type is a list
    value.remove_prefix(1);
    return std::string(value.substr(0, std::min<size_t>(value.find('\''), 40)));
  }
  bool fortran_order() const { return after("'fortran_order':").starts_with("True"); }
  std::vector<int64_t> shape() const {
    std::string_view value = after("'shape':");
    if (!value.starts_with('(')) damaged();
    std::vector<int64_t> sizes;
    for (value.remove_prefix(1); !value.starts_with(')');) {
      int64_t size = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
      if (error != std::errc() || size < 0 || sizes.size() == kMaxRank) damaged();
      sizes.push_back(size);
      value.remove_prefix(size_t(end - value.data()));
      if (value.starts_with('L')) value.remove_prefix(1);  // Python 2 writes (3L, 4L)
      value.remove_prefix(std::min(value.find_first_not_of(", "), value.size()));
      if (value.empty()) damaged();
    }
    return sizes;
  }

 private:
  [[noreturn]] void damaged() const {
    const std::string_view text = text_.substr(0, text_.find_last_not_of(" \n") + 1);
    fail(ErrorCode::format, "{}: NumPy's header cannot be read: {:.120}", name_, text);
  }
  std::string_view after(std::string_view key) const {
    const size_t at = text_.find(key);
    if (at == std::string_view::npos) damaged();
    const std::string_view value = text_.substr(at + key.size());
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  std::string_view text_;
  const std::string& name_;
};

}  // namespace

NpyHeader read_npy_header(std::string_view file, const std::string& name) {
  check(file.starts_with(kMagic), ErrorCode::format,
        "{}: is no NumPy .npy file; write it with numpy.save", name);
  // Magic, version, the text's length in two bytes (version 1) or four, the text.
  const size_t length_bytes = file.size() > kMagic.size() && file[kMagic.size()] == 1 ? 2 : 4;
  const size_t begin = kMagic.size() + 2 + length_bytes;
  uint32_t length = 0;
  if (file.size() >= begin) std::memcpy(&length, &file[begin - length_bytes], length_bytes);
  check(file.size() >= begin && length <= std::min(kMaxHeader, file.size() - begin),
        ErrorCode::format, "{}: cut short in its header; copy or download it again", name);
  const Dictionary header(file.substr(begin, length), name);
  return {header.type(), header.fortran_order(), header.shape(), begin + length};
}

std::string npy_header(const std::vector<int64_t>& shape, size_t least) {
  // The magic, the version and the length before the text; all together a multiple of 64 bytes.
  constexpr size_t kFixed = 10, kAlignment = 64;
  std::string text = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                 fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const size_t needed = std::max(kFixed + text.size() + 1, least);
  const size_t size = (needed + kAlignment - 1) / kAlignment * kAlignment;
  text.resize(size - kFixed - 1, ' ');
  text += '\n';
  std::string header = std::string(kMagic) + std::string("\x01\x00", 2);
  header += char(text.size() & 0xFF);
  header += char(text.size() >> 8);
  return header + text;
}

}  // namespace p2s
