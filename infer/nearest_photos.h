#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "infer/joint_models.h"

namespace p2s {

// What is looked for: a sentence, or a photograph, with words added and taken away. All given are
// brought to unit length in the joint space and summed, image + sum of plus - sum of minus (the
// "regularities" of Kiros et al. 2014, section 4.2: an image of a dog - "dog" + "cat" lies near
// images of cats).
struct PhotoQuery {
  std::filesystem::path image;
  std::string text;
  std::vector<std::string> plus, minus;
};

struct FoundPhoto {
  std::filesystem::path path;
  std::string caption;  // the first that it has; empty: none
  double score = 0;     // cosine, or the order score of a sentence in a space of order embeddings
};

// The `count` photographs of `photos` with the highest scores. `photos` is a caption file in
// COCO's layout, a folder of such files, or a folder of photographs; the queried image itself is
// passed over. Error(usage) names a word that the embedding does not know.
std::vector<FoundPhoto> nearest_photos(JointModels& models, const std::filesystem::path& photos,
                                       const PhotoQuery& query, int64_t count);

// p2s-nearest photos
void nearest_photos_command(const std::vector<std::string>& arguments, std::ostream& out);

}  // namespace p2s
