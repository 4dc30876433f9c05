#include "infer/nearest_sentences.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "infer/encoder.h"
#include "infer/nearest_rows.h"
#include "infer/pack_location.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/compute.h"

namespace p2s {
namespace {

struct Options {
  std::vector<std::string> queries;
  fs::path vectors, texts, encoder;
  int64_t count = 10;
  bool json = false;
  ComputeOptions compute;
};

std::vector<std::string> lines_of_stdin() {
  std::vector<std::string> lines;
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// These lines of a file, from 0. The file is mapped and looked through once.
std::map<int64_t, std::string> read_lines(const fs::path& path,
                                          const std::vector<std::vector<NearRow>>& found) {
  std::map<int64_t, std::string> lines;
  for (const auto& rows : found) {
    for (const NearRow& near : rows) lines[near.row];
  }
  const MappedFile file(path);
  const std::span<const char> bytes = file.bytes();
  auto wanted = lines.begin();
  size_t at = 0;
  for (int64_t line = 0; wanted != lines.end(); ++line) {
    check(at < bytes.size(), ErrorCode::format,
          "{}: has {} lines, line {} is looked for; are these the sentences of the vectors?",
          path.string(), line, wanted->first + 1);
    const void* found_end = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    const size_t end = found_end == nullptr
                           ? bytes.size()
                           : size_t(static_cast<const char*>(found_end) - bytes.data());
    if (line == wanted->first) {
      wanted->second.assign(bytes.data() + at, end - at);
      if (wanted->second.ends_with('\r')) wanted->second.pop_back();
      ++wanted;
    }
    at = end + 1;
  }
  return lines;
}

std::string json(const std::string& query, const std::vector<NearRow>& rows,
                 const std::map<int64_t, std::string>& texts) {
  nlohmann::ordered_json j = {{"query", query}, {"nearest", nlohmann::ordered_json::array()}};
  for (const NearRow& near : rows) {
    nlohmann::ordered_json one = {{"line", near.row + 1}, {"cosine", near.cosine}};
    if (!texts.empty()) one["sentence"] = texts.at(near.row);
    j["nearest"].push_back(one);
  }
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string table(const std::string& query, const std::vector<NearRow>& rows,
                  const std::map<int64_t, std::string>& texts) {
  std::string text = query + "\n";
  for (const NearRow& near : rows) {
    text += fmt::format("  {:.4f} {:>10}", near.cosine, near.row + 1);
    if (!texts.empty()) text += "  " + texts.at(near.row);
    text += '\n';
  }
  return text;
}

void search(Options& o, std::ostream& out) {
  const Device device = start_computing(o.compute);
  const MappedVectors vectors(o.vectors);
  const Encoder encoder =
      Encoder::load(o.encoder.empty() ? default_pack(this_program()) : o.encoder, device);
  check(vectors.columns() == encoder.size(), ErrorCode::usage,
        "{}: vectors of {} numbers, the encoder's have {}; give the --encoder that made them",
        o.vectors.string(), vectors.columns(), encoder.size());
  if (o.queries.empty()) o.queries = lines_of_stdin();
  check(!o.queries.empty(), ErrorCode::usage,
        "no sentence to look for; give it as an argument, or several on stdin, one a line");
  const std::vector<real> queries = encoder.encode(o.queries).to_host();
  const auto found = nearest_rows(vectors, queries, o.count);
  std::map<int64_t, std::string> texts;
  if (!o.texts.empty()) texts = read_lines(o.texts, found);
  for (size_t i = 0; i < found.size(); ++i) {
    const auto* query = queries.data() + i * size_t(encoder.size());
    if (std::all_of(query, query + encoder.size(), [](real x) { return x == 0; })) {
      spdlog::warn("\"{}\": holds no word, nothing is near it", o.queries[i]);
    }
    out << (o.json ? json(o.queries[i], found[i], texts) : table(o.queries[i], found[i], texts));
  }
}

}  // namespace

void nearest_sentences_command(const std::vector<std::string>& arguments, std::ostream& out) {
  Options o;
  std::vector<fs::path> queries;
  CommandLine line(
      "p2s-nearest sentences",
      "Finds the sentences of a file that mean most nearly the same as another one.",
      "  p2s-encode < lines.txt > lines.npy\n"
      "  p2s-nearest sentences --vectors lines.npy --sentences lines.txt \"The sea was calm.\"\n");
  line.positionals("query", queries, "sentences to look for; none: those on stdin, one a line");
  line.path("--vectors", o.vectors, "what p2s-encode wrote, .npy or .h5");
  line.required("--vectors");
  line.path("--sentences", o.texts, "the file that the vectors were made of, to show its lines");
  line.path("--encoder", o.encoder,
            "that made the vectors: model.h5 of a skipthought run, or a pack (default: $P2S_PACK, "
            "else packs/*.h5)");
  line.whole("--count", o.count, 1, 1'000'000, "so many sentences");
  line.flag("--json", o.json, "one JSON object a query, on one line");
  add_compute_flags(line, o.compute);
  if (!line.parse(arguments, out)) return;
  for (const fs::path& query : queries) o.queries.push_back(query.string());
  search(o, out);
}

}  // namespace p2s
