#include "features/joint_space.h"

#include <utility>

#include "features/word_list.h"

namespace p2s {

JointSpace read_joint_space(const ModelFileReader& file, Device device) {
  Vse vse = read_vse(file, device);
  return {std::move(vse), vocabulary_of(read_vse_words(file))};
}

}  // namespace p2s
