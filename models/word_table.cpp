#include "models/word_table.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "nn/base/error.h"
#include "nn/base/half.h"
#include "nn/checkpoint_storing.h"

namespace p2s {
namespace {

constexpr char kMagic[8] = {'p', '2', 's', '-', 'w', 'o', 'r', 'd'};
constexpr int64_t kVersion = 1, kAlignment = 64;

struct Header {
  char magic[8];
  int64_t version, storing, words, dimension;
  int64_t text;       // bytes of all words
  uint64_t checksum;  // XXH3-64 of the begins and the text
  int64_t reserved;
};
static_assert(sizeof(Header) == kAlignment);

int64_t aligned(int64_t at) { return (at + kAlignment - 1) / kAlignment * kAlignment; }

int64_t bytes_a_number(Storing storing) {
  return storing == Storing::f32 ? 4 : storing == Storing::f16 ? 2 : 1;
}

// Where things are: header, begins, text, vectors, scales.
struct Places {
  int64_t begins, text, vectors, scales, end;
  explicit Places(const Header& h) {
    const auto storing = Storing(h.storing);
    begins = sizeof(Header);
    text = begins + (h.words + 1) * 8;
    vectors = aligned(text + h.text);
    scales = aligned(vectors + h.words * h.dimension * bytes_a_number(storing));
    end = storing == Storing::i8 ? scales + h.words * 4 : scales;
  }
};

uint64_t checksum(std::span<const int64_t> begins, std::string_view text) {
  return content_hash(text.data(), text.size(), content_hash(begins.data(), begins.size_bytes()));
}

class Writer {
 public:
  Writer(const fs::path& path, const Header& header)
      : path_(path), header_(header), places_(header), out_(path, std::ios::binary) {}

  void put(int64_t at, const void* bytes, size_t size) {
    out_.seekp(at);
    out_.write(static_cast<const char*>(bytes), std::streamsize(size));
    check(bool(out_), ErrorCode::io, "{}: cannot be written; is the disk full?", path_.string());
  }

  void rows(std::span<const int64_t> rows, const std::vector<real>& numbers) {
    const int64_t columns = header_.dimension;
    switch (Storing(header_.storing)) {
      case Storing::f32:
        return put_rows(rows, numbers.data(), sizeof(real));
      case Storing::f16:
        return put_rows(rows, checkpoint::to_halves(numbers).data(), sizeof(uint16_t));
      case Storing::i8: {
        const auto bytes = checkpoint::quantize(numbers, int64_t(rows.size()), columns);
        put_rows(rows, bytes.values.data(), 1);
        for (size_t i = 0; i < rows.size(); ++i) {
          put(places_.scales + rows[i] * 4, &bytes.scales[i], sizeof(float));
        }
      }
    }
  }

  const Places& places() const { return places_; }

  void finish() {
    out_.close();
    check(!out_.fail(), ErrorCode::io, "{}: cannot be written; is the disk full?", path_.string());
    fs::resize_file(path_, uintmax_t(places_.end));
  }

 private:
  void put_rows(std::span<const int64_t> rows, const void* numbers, size_t bytes) {
    const size_t size = size_t(header_.dimension) * bytes;
    for (size_t i = 0; i < rows.size(); ++i) {
      put(places_.vectors + rows[i] * int64_t(size), static_cast<const char*>(numbers) + i * size,
          size);
    }
  }

  const fs::path& path_;
  Header header_;
  Places places_;
  std::ofstream out_;
};

}  // namespace

WordTable::WordTable(const fs::path& path) : file_(path) {
  const std::span<const char> bytes = file_.bytes();
  Header header{};
  const bool whole_header = bytes.size() >= sizeof(header);
  if (whole_header) std::memcpy(&header, bytes.data(), sizeof(header));
  check(whole_header && std::memcmp(header.magic, kMagic, sizeof(kMagic)) == 0 &&
            header.version == kVersion,
        ErrorCode::format, "{}: is no word table of this version; make it with p2s-train expand",
        path.string());
  const bool possible = header.words >= 0 && header.dimension > 0 && header.text >= 0 &&
                        header.storing >= 0 && header.storing <= int64_t(Storing::i8);
  const Places at(header);
  check(possible && int64_t(bytes.size()) == at.end, ErrorCode::format,
        "{}: is {} bytes long, it should be {}; it is cut or damaged, copy it again", path.string(),
        bytes.size(), at.end);
  storing_ = Storing(header.storing);
  words_ = header.words, dimension_ = header.dimension;
  begins_ = {reinterpret_cast<const int64_t*>(bytes.data() + at.begins), size_t(words_) + 1};
  text_ = {bytes.data() + at.text, size_t(header.text)};
  check(checksum(begins_, text_) == header.checksum, ErrorCode::format,
        "{}: its list of words is damaged; copy it again", path.string());
  vectors_ = bytes.data() + at.vectors;
  if (storing_ == Storing::i8) {
    scales_ = {reinterpret_cast<const float*>(bytes.data() + at.scales), size_t(words_)};
  }
}

std::string_view WordTable::word(int64_t row) const {
  const int64_t begin = begins_[size_t(row)];
  return text_.substr(size_t(begin), size_t(begins_[size_t(row) + 1] - begin));
}

int64_t WordTable::find(std::string_view wanted) const {
  int64_t low = 0, high = words_;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    (word(middle) < wanted ? low : high) = word(middle) < wanted ? middle + 1 : middle;
  }
  return low < words_ && word(low) == wanted ? low : -1;
}

void WordTable::read(int64_t row, real* to) const {
  const int64_t n = dimension_;
  const char* from = vectors_ + row * n * bytes_a_number(storing_);
  switch (storing_) {
    case Storing::f32: {
      const auto* numbers = reinterpret_cast<const float*>(from);
      std::copy(numbers, numbers + n, to);
      break;
    }
    case Storing::f16: {
      const auto* halves = reinterpret_cast<const uint16_t*>(from);
      for (int64_t i = 0; i < n; ++i) to[i] = real(float_from_half(halves[i]));
      break;
    }
    case Storing::i8: {
      const auto* small = reinterpret_cast<const int8_t*>(from);
      const real scale = real(scales_[size_t(row)]);
      for (int64_t i = 0; i < n; ++i) to[i] = scale * real(small[i]);
    }
  }
}

void write_word_table(const fs::path& path, const std::vector<std::string>& words,
                      int64_t dimension, Storing storing,
                      const std::function<void(const WordRows&)>& fill) {
  std::vector<int64_t> begins = {0};
  std::string text;
  for (const std::string& word : words) {
    text += word;
    begins.push_back(int64_t(text.size()));
  }
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion, header.storing = int64_t(storing);
  header.words = int64_t(words.size()), header.dimension = dimension;
  header.text = int64_t(text.size()), header.checksum = checksum(begins, text);
  write_atomically(path, [&](const fs::path& file) {
    Writer writer(file, header);
    writer.put(0, &header, sizeof(header));
    writer.put(writer.places().begins, begins.data(), begins.size() * sizeof(int64_t));
    writer.put(writer.places().text, text.data(), text.size());
    fill([&](std::span<const int64_t> rows, const std::vector<real>& numbers) {
      writer.rows(rows, numbers);
    });
    writer.finish();
  });
}

}  // namespace p2s
