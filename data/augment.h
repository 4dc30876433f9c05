#pragma once

#include "data/image.h"
#include "nn/base/rng.h"

namespace p2s {

// Random changes to a photograph that leave what it shows: what a network that is trained on few
// photographs sees instead of always the same pixels.
struct Augmentation {
  // A part of at least this share of the area, of an aspect ratio from 3/4 to 4/3 of the
  // photograph's, brought back to full size (Szegedy et al. 2015, section 6). 1: no crop.
  double least_area = 0.5;
  bool flip = true;  // mirrored left to right, half of the times
  // Brightness, contrast and saturation are multiplied by factors in [1 - colour, 1 + colour]
  // (Krizhevsky et al. 2012 vary colour to the same end). 0: none.
  double colour = 0.2;
};

// A size x size view; a function of the photograph and of the numbers drawn, always equally many.
Image augment(const Image& image, int64_t size, const Augmentation&, Rng&);

}  // namespace p2s
