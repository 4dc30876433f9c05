#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/image.h"
#include "nn/base/files.h"
#include "nn/base/rng.h"
#include "tests/models/random_convnet.h"

namespace p2s::test {

// Caches of the test go into its own folder.
inline void use_cache(const fs::path& folder) { ::setenv("P2S_CACHE", folder.c_str(), 1); }

// Books in which each genre has words of its own: <folder>/<genre>/book<n>.txt.
inline void write_tiny_books(const fs::path& folder, const std::vector<std::string>& genres,
                             int books = 3, int paragraphs = 12) {
  const std::vector<std::string> shared = {"the", "a", "man", "woman", "house", "walks", "sees"};
  Rng rng(4);
  for (const std::string& genre : genres) {
    fs::create_directories(folder / genre);
    for (int book = 0; book < books; ++book) {
      std::string text;
      for (int paragraph = 0; paragraph < paragraphs; ++paragraph) {
        for (int sentence = 0; sentence < 5; ++sentence) {
          text += "The";
          const uint64_t words = 2 + rng.below(5);
          for (uint64_t i = 0; i < words; ++i) {
            text += " " + (rng.below(3) == 0 ? genre + "word" : shared[rng.below(shared.size())]);
          }
          text += ". ";
        }
        text += "\n\n";
      }
      write_atomically(folder / genre / ("book" + std::to_string(book) + ".txt"), text);
    }
  }
}

// One-coloured photographs with captions that name the colour, in COCO's layout.
inline void write_tiny_photos(const fs::path& folder, int photos) {
  fs::create_directories(folder / "images");
  const std::vector<std::string> colours = {"red", "green", "blue"};
  std::string images, annotations;
  for (int i = 0; i < photos; ++i) {
    Image image{8, 8, std::vector<uint8_t>(8 * 8 * 3, uint8_t(20 + i))};
    for (size_t p = size_t(i % 3); p < image.pixels.size(); p += 3) image.pixels[p] = 230;
    const std::string name = "photo" + std::to_string(i) + ".png";
    write_png(folder / "images" / name, image);
    const std::string comma = i > 0 ? "," : "", id = std::to_string(i);
    images += comma + "{\"id\":" + id + ",\"file_name\":\"" + name + "\"}";
    const std::string colour = colours[size_t(i % 3)];
    annotations += comma + "{\"image_id\":" + id + ",\"caption\":\"A " + colour + " wall.\"}";
    annotations += ",{\"image_id\":" + id + ",\"caption\":\"It is all " + colour + "\"}";
  }
  write_atomically(folder / "captions_train.json",
                   "{\"images\":[" + images + "],\"annotations\":[" + annotations + "]}");
}

inline void write_tiny_convnet(const fs::path& file) {
  ConvNet convnet = random_convnet();
  ModelFileWriter writer(file);
  write_convnet(writer, convnet, Storing::f16);
  writer.finish();
}

}  // namespace p2s::test
