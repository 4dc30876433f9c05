#include "data/corpus_cache.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "P2SCORP1";
constexpr int64_t kAlignment = 64;
constexpr int64_t kHeaderStart = 16;  // magic and the header's size

int64_t aligned(int64_t offset) { return (offset + kAlignment - 1) / kAlignment * kAlignment; }

void place_arrays(CorpusLayout& layout, int64_t header_end) {
  layout.offsets = aligned(header_end);
  layout.ids = aligned(layout.offsets + (layout.sentences + 1) * 8);
  layout.sections = aligned(layout.ids + layout.tokens * 4);
  layout.books = aligned(layout.sections + layout.sentences * 4);
  layout.validation = aligned(layout.books + layout.sentences * 4);
  layout.end = aligned(layout.validation + layout.sentences);
}

std::string header_bytes(const CorpusHeader& header) {
  const Vocabulary& words = header.vocabulary;
  const json fields = {{"genres", header.genres},
                       {"books", header.books},
                       {"genre_of_book", header.genre_of_book},
                       {"remarks", header.remarks},
                       {"words", words.words()},
                       {"spellings", words.spellings()},
                       {"counts", words.counts()},
                       {"sentences", header.layout.sentences},
                       {"tokens", header.layout.tokens}};
  const std::string text = fields.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string bytes(kMagic);
  const uint64_t size = text.size();
  bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
  return bytes + text;
}

void parse_header(const std::string& text, CorpusHeader& header) {
  const json fields = json::parse(text);
  fields.at("genres").get_to(header.genres);
  fields.at("books").get_to(header.books);
  fields.at("genre_of_book").get_to(header.genre_of_book);
  fields.at("remarks").get_to(header.remarks);
  header.vocabulary = Vocabulary(fields.at("words").get<std::vector<std::string>>(),
                                 fields.at("spellings").get<std::vector<std::string>>(),
                                 fields.at("counts").get<std::vector<int64_t>>());
  fields.at("sentences").get_to(header.layout.sentences);
  fields.at("tokens").get_to(header.layout.tokens);
}

// The hash of the first `size` bytes, read in pieces so that memory stays flat.
uint64_t hash_of_front(std::ifstream& in, int64_t size) {
  std::vector<char> buffer(size_t(1) << 20);
  uint64_t hash = 0;
  in.seekg(0);
  while (size > 0) {
    in.read(buffer.data(), std::min(size, int64_t(buffer.size())));
    if (in.gcount() == 0) return 0;
    hash = content_hash(buffer.data(), size_t(in.gcount()), hash);
    size -= in.gcount();
  }
  return hash;
}

}  // namespace

void write_corpus_cache(const fs::path& path, CorpusHeader& header,
                        const std::function<void(const fs::path&)>& fill) {
  const std::string front = header_bytes(header);
  place_arrays(header.layout, int64_t(front.size()));
  const CorpusLayout& layout = header.layout;
  write_atomically(path, [&](const fs::path& temporary) {
    const auto check_io = [&](bool good) {
      check(good, ErrorCode::io, "{}: cannot write: {}; set P2S_CACHE to a place with room",
            temporary.string(), std::strerror(errno));
    };
    errno = 0;
    {
      std::ofstream out(temporary, std::ios::binary);
      out.write(front.data(), std::streamsize(front.size()));
      check_io(bool(out.flush()));
    }
    std::error_code error;
    fs::resize_file(temporary, uint64_t(layout.end), error);
    check_io(!error);
    fill(temporary);
    std::ifstream in(temporary, std::ios::binary);
    const uint64_t hash = hash_of_front(in, layout.end);
    std::ofstream out(temporary, std::ios::binary | std::ios::in | std::ios::ate);
    out.write(reinterpret_cast<const char*>(&hash), sizeof hash);
    check_io(bool(out.flush()));
  });
}

bool read_corpus_cache(const fs::path& path, CorpusHeader& header) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return false;
  const auto require = [&](bool good, const char* what) {
    check(good, ErrorCode::format, "{}: {}", path.string(), what);
  };
  char magic[8];
  uint64_t size = 0;
  in.read(magic, sizeof magic);
  in.read(reinterpret_cast<char*>(&size), sizeof size);
  const int64_t file_size = int64_t(fs::file_size(path));
  require(in && kMagic == std::string_view(magic, sizeof magic), "is no corpus cache");
  require(size < uint64_t(file_size), "is cut short in its header");
  std::string text(size, '\0');
  in.read(text.data(), std::streamsize(size));
  try {
    parse_header(text, header);
  } catch (const json::exception&) {
    require(false, "has a damaged header");
  }
  place_arrays(header.layout, kHeaderStart + int64_t(size));
  require(file_size == header.layout.end + int64_t(sizeof(uint64_t)), "is not as long as it says");
  const uint64_t hash = hash_of_front(in, header.layout.end);
  uint64_t stored = 0;
  in.seekg(header.layout.end);
  in.read(reinterpret_cast<char*>(&stored), sizeof stored);
  require(in && hash == stored, "has a wrong checksum");
  return true;
}

FileHashes::FileHashes(fs::path index) : index_(std::move(index)) {
  std::ifstream in(index_);
  Seen seen;
  for (std::string path;
       in >> seen.size >> seen.time >> seen.hash && in.get() == ' ' && std::getline(in, path);) {
    seen_[path] = seen;
  }
}

uint64_t FileHashes::of(const fs::path& file) {
  const fs::path absolute = fs::absolute(file);
  const int64_t size = int64_t(fs::file_size(absolute));
  const int64_t time = int64_t(fs::last_write_time(absolute).time_since_epoch().count());
  Seen& seen = seen_[absolute.string()];
  if (seen.size != size || seen.time != time || seen.hash == 0) {
    seen = {size, time, file_hash(absolute)};
    changed_ = true;
  }
  return seen.hash;
}

void FileHashes::save() const {
  if (!changed_) return;
  std::string text;
  for (const auto& [path, seen] : seen_) {
    if (path.find('\n') != std::string::npos) continue;
    text += fmt::format("{} {} {} {}\n", seen.size, seen.time, seen.hash, path);
  }
  write_atomically(index_, text);
}

}  // namespace p2s
