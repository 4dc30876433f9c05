#include "nn/checkpoint_format.h"

#include <bit>
#include <cstring>
#include <string_view>

#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s::checkpoint {
namespace {

constexpr std::string_view kMagic = "p2s-file";
constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";
static_assert(std::endian::native == std::endian::little, "the trailer is written as it stands");

uint64_t number_at(std::span<const char> bytes, size_t place) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data() + place, sizeof number);
  return number;
}

}  // namespace

std::array<char, kTrailerSize> make_trailer(std::span<const char> content) {
  const uint64_t numbers[] = {kVersion, content.size(),
                              content_hash(content.data(), content.size())};
  std::array<char, kTrailerSize> trailer{};
  std::memcpy(trailer.data(), kMagic.data(), kMagic.size());
  std::memcpy(trailer.data() + kMagic.size(), numbers, sizeof numbers);
  return trailer;
}

void check_trailer(const std::filesystem::path& path, std::span<const char> file) {
  const std::string name = path.string();
  check(!file.empty(), ErrorCode::format, "{}: is empty; write or copy it again", name);
  const std::string_view text(file.data(), file.size());
  const bool hdf5 = text.starts_with(kHdf5Signature);
  const size_t length = file.size() < kTrailerSize ? 0 : file.size() - kTrailerSize;
  const auto trailer = file.subspan(length);
  if (length == 0 || text.substr(length, kMagic.size()) != kMagic) {
    check(hdf5, ErrorCode::format, "{}: is not a model file (not HDF5)", name);
    fail(ErrorCode::format,
         "{}: its end is missing or damaged, or another program wrote it; copy it again", name);
  }
  const uint64_t version = number_at(trailer, 8);
  check(version == kVersion, ErrorCode::format,
        "{}: has format version {}, this program reads version {}; use a program of its version",
        name, version, kVersion);
  check(number_at(trailer, 16) == length, ErrorCode::format,
        "{}: has {} bytes of content, {} were written; copy it again", name, length,
        number_at(trailer, 16));
  check(number_at(trailer, 24) == content_hash(file.data(), length), ErrorCode::format,
        "{}: is damaged (its checksum differs); copy it again", name);
  check(hdf5, ErrorCode::format, "{}: is not a model file (not HDF5)", name);
}

Hdf5Handle half_type() {
  Hdf5Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

}  // namespace p2s::checkpoint
