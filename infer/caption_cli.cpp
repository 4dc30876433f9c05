#include "infer/caption_cli.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "data/contact_sheet.h"
#include "data/photo_files.h"
#include "infer/caption_photos.h"
#include "infer/heatmap.h"
#include "infer/pack_location.h"
#include "infer/photo_captioner.h"
#include "models/pack.h"
#include "nn/base/error.h"
#include "nn/base/files.h"
#include "nn/base/progress.h"

namespace p2s {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kBatch = 32;
constexpr int64_t kHeatmapSide = 480;

struct Models {
  ConvNet convnet;
  Captioner captioner;
  WordList words;
};

Models read_models(const CaptionOptions& o) {
  const Device device = start_computing(o.compute);
  if (!o.captioner.empty()) {
    const ModelFileReader file(o.captioner);
    const bool own = o.convnet.empty() && has_own_convnet(file);
    check(own || !o.convnet.empty(), ErrorCode::usage,
          "--captioner {}: its convnet was not trained with it; give that with --convnet",
          o.captioner.string());
    return {read_convnet(ModelFileReader(own ? o.captioner : o.convnet), device),
            read_captioner(file, device), read_words(file)};
  }
  const fs::path path = o.pack.empty() ? default_pack(this_program()) : o.pack;
  Pack pack = read_pack(path, device);
  check(pack.captioner.has_value(), ErrorCode::usage,
        "{}: has no captioner; give another --pack, or --captioner and --convnet", path.string());
  return {std::move(pack.convnet), std::move(pack.captioner->model),
          std::move(pack.captioner->words)};
}

std::string json_line(const fs::path& photo, const std::vector<PhotoCaption>& captions) {
  Json list = Json::array();
  for (const PhotoCaption& caption : captions) {
    list.push_back({{"text", caption.text},
                    {"score", caption.score},
                    {"log_probability", caption.log_probability}});
  }
  return Json{{"photo", photo.string()}, {"captions", list}}.dump(-1, ' ', false,
                                                                  Json::error_handler_t::replace) +
         "\n";
}

class Captioning {
 public:
  Captioning(const CaptionOptions& options, const Models& models, std::ostream& out)
      : options_(options),
        captioner_(models.convnet, models.captioner, models.words),
        out_(out),
        files_(list_photos(options.photos)) {}

  void run() {
    std::optional<Progress> progress;
    if (files_.size() > kBatch) progress.emplace("photographs", int64_t(files_.size()));
    for (size_t begin = 0; begin < files_.size(); begin += kBatch) {
      const size_t end = std::min(files_.size(), begin + kBatch);
      batch(begin, end);
      if (progress) progress->update(int64_t(end));
    }
    if (!options_.results.empty()) write_atomically(options_.results, results_.dump() + "\n");
    check(out_.flush().good(), ErrorCode::io,
          "standard output: could not be written; is the disk full?");
    check(unreadable_ == 0, ErrorCode::io, "{} of {} photographs could not be read", unreadable_,
          files_.size());
  }

 private:
  void batch(size_t begin, size_t end) {
    std::vector<fs::path> paths;
    for (size_t i = begin; i < end; ++i) paths.push_back(files_[i].path);
    ReadPhotos read = read_photos(paths);
    std::vector<size_t> usable;
    std::vector<Image> photos;
    for (size_t i = 0; i < read.photos.size(); ++i) {
      if (!read.problems[i].empty()) {
        spdlog::warn("passed over: {}", read.problems[i]);
        ++unreadable_;
        continue;
      }
      usable.push_back(begin + i);
      photos.push_back(std::move(read.photos[i]));
    }
    if (photos.empty()) return;
    const Tensor maps = captioner_.maps(photos);
    const auto captions = captioner_.captions(maps, options_.search);
    for (size_t i = 0; i < photos.size(); ++i) {
      const PhotoFile& file = files_[usable[i]];
      print(file, captions[i]);
      if (!options_.heatmaps.empty()) {
        draw(usable[i], photos[i], maps.rows(int64_t(i), int64_t(i) + 1), captions[i].at(0));
      }
    }
  }

  void print(const PhotoFile& file, const std::vector<PhotoCaption>& captions) {
    if (!options_.results.empty()) {
      check(file.id >= 0, ErrorCode::usage,
            "--results: {} is of no caption file, so it has no image id", file.path.string());
      results_.push_back({{"image_id", file.id}, {"caption", captions.at(0).text}});
    }
    if (options_.json) {
      out_ << json_line(file.path, captions);
      return;
    }
    if (options_.results.empty() || options_.search.best > 1) {
      const std::string name = files_.size() > 1 ? file.path.string() + ": " : "";
      for (const PhotoCaption& caption : captions) {
        out_ << name << caption.text;
        if (captions.size() > 1) out_ << fmt::format("  {:.2f}", caption.score);
        out_ << '\n';
      }
    }
  }

  // <folder>/<number>_<photo>.png, the sheet, and in a folder of that name a picture a word; in
  // brackets the gate.
  void draw(size_t number, const Image& photo, const Tensor& map, const PhotoCaption& caption) {
    const CaptionLooks looks = captioner_.looks(map, caption);
    const Shape shape = captioner_.map_shape();
    const Image small = shrunk(photo, kHeatmapSide);
    const std::string name =
        fmt::format("{:03}_{}", number + 1, files_[number].path.stem().string());
    const fs::path folder = options_.heatmaps / name;
    std::error_code error;
    fs::create_directories(folder, error);
    check(!error, ErrorCode::io, "{}: cannot create the folder: {}", folder.string(),
          error.message());
    std::vector<SheetCell> cells = {{small, ""}};
    for (size_t i = 0; i < caption.words.size(); ++i) {
      Image look = heatmap(small, looks.weights[i], shape[1], shape[2]);
      write_png(folder / fmt::format("{:02}.png", i + 1), look);
      cells.push_back(
          {std::move(look), fmt::format("{}  ({:.2f})", caption.words[i], looks.gates[i])});
    }
    write_png(options_.heatmaps / (name + ".png"),
              contact_sheet(caption.text, cells, {.columns = 5, .size = 200, .lines = 1}));
  }

  const CaptionOptions& options_;
  PhotoCaptioner captioner_;
  std::ostream& out_;
  std::vector<PhotoFile> files_;
  Json results_ = Json::array();
  int64_t unreadable_ = 0;
};

}  // namespace

void caption_photos(const CaptionOptions& options, std::ostream& out) {
  Models models = read_models(options);
  models.convnet.pack();
  Captioning(options, models, out).run();
}

}  // namespace p2s
