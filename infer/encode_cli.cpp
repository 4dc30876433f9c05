#include "infer/encode_cli.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>

#include "infer/encoder.h"
#include "infer/pack_location.h"
#include "infer/unit_rows.h"
#include "models/model_files.h"
#include "nn/base/command_line.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/npy_header.h"
#include "nn/base/progress.h"
#include "nn/compute.h"

namespace p2s {
namespace {

// Sentences read, encoded and written together: enough that like lengths meet.
constexpr size_t kChunk = 8192;

std::vector<std::string> read_lines(std::istream& in) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  check(!in.bad(), ErrorCode::io, "the sentences cannot be read");
  check(!lines.empty(), ErrorCode::usage, "no sentence came in; give them on stdin, one a line");
  return lines;
}

void warn_of_blank_lines(const std::vector<std::string>& lines) {
  int64_t blank = 0, first = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find_first_not_of(" \t") != std::string::npos) continue;
    if (++blank == 1) first = int64_t(i) + 1;
  }
  if (blank > 0) {
    spdlog::warn("{} blank lines, the first is line {}: their vectors are zero", blank, first);
  }
}

class Vectors {
 public:
  Vectors(const Encoder& encoder, const std::vector<std::string>& lines, bool normalize)
      : encoder_(encoder), lines_(lines), normalize_(normalize) {}

  // Calls sink(rows, columns) chunk by chunk, in the order of the lines.
  template <class Sink>
  void each_chunk(Sink&& sink) const {
    Progress progress("sentences", int64_t(lines_.size()));
    const auto columns = size_t(encoder_.size());
    for (size_t begin = 0; begin < lines_.size(); begin += kChunk) {
      const size_t count = std::min(kChunk, lines_.size() - begin);
      std::vector<real> rows = encoder_.encode(std::span(lines_).subspan(begin, count)).to_host();
      if (normalize_) make_unit_rows(rows, columns);
      sink(rows, columns);
      progress.update(int64_t(begin + count));
    }
  }

  void write_npy(std::ostream& out) const {
    out << npy_header({int64_t(lines_.size()), encoder_.size()});
    each_chunk([&](const std::vector<real>& rows, size_t) {
      out.write(reinterpret_cast<const char*>(rows.data()),
                std::streamsize(rows.size() * sizeof(real)));
    });
    check(bool(out.flush()), ErrorCode::io, "the vectors cannot be written; is the disk full?");
  }

  void write_hdf5(const fs::path& path) const {
    const Shape shape({int64_t(lines_.size()), encoder_.size()});
    std::vector<real> all;
    all.reserve(size_t(shape.elements()));
    each_chunk([&](const std::vector<real>& rows, size_t) {
      all.insert(all.end(), rows.begin(), rows.end());
    });
    ModelFileWriter file(path);
    file.tensor("vectors", Tensor(shape, Device::cpu, all));
    file.finish();
  }

 private:
  const Encoder& encoder_;
  const std::vector<std::string>& lines_;
  bool normalize_;
};

}  // namespace

void run_p2s_encode(const std::vector<std::string>& arguments, std::istream& in,
                    std::ostream& out) {
  fs::path encoder_file, out_file;
  bool normalize = false;
  ComputeOptions compute;
  CommandLine line("p2s-encode", "Turns sentences, one a line on stdin, into skip-thought vectors.",
                   "  p2s-encode < sentences.txt > vectors.npy\n"
                   "  p2s-encode --encoder runs/encoder/model.h5 --normalize --out vectors.h5 < "
                   "sentences.txt\n");
  line.path("--encoder", encoder_file,
            "model.h5 of a skipthought run, or a pack (default: $P2S_PACK, else packs/*.h5)");
  line.path("--out", out_file, "file to write, .npy or .h5; default: .npy on stdout");
  line.flag("--normalize", normalize, "bring every vector to length one");
  add_compute_flags(line, compute);
  if (!line.parse(arguments, out)) return;
  const bool hdf5 = out_file.extension() == ".h5";
  check(out_file.empty() || hdf5 || out_file.extension() == ".npy", ErrorCode::usage,
        "--out {}: give a name that ends in .npy or .h5", out_file.string());
  const Device device = start_computing(compute);
  const Encoder encoder =
      Encoder::load(encoder_file.empty() ? default_pack(this_program()) : encoder_file, device);
  const std::vector<std::string> lines = read_lines(in);
  warn_of_blank_lines(lines);
  const Vectors vectors(encoder, lines, normalize);
  if (out_file.empty()) return vectors.write_npy(out);
  if (hdf5) return vectors.write_hdf5(out_file);
  write_atomically(out_file, [&](const fs::path& path) {
    std::ofstream file(path, std::ios::binary);
    vectors.write_npy(file);
  });
}

}  // namespace p2s
