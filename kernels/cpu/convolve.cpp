#include "kernels/cpu/convolve.h"

#include "kernels/cpu/patches.h"
#include "kernels/cpu/strip.h"
#include "nn/base/parallel.h"

namespace p2s::cpu {

void convolve(const Conv2d& c, const real* x, const Panels& filters, const Finish& finish,
              real* y) {
  if (patches_are_pixels(c)) {
    return multiply_panels(filters, c.batch * c.height * c.width, x, c.channels, finish, y,
                           c.filters);
  }
  const Bands bands = bands_of(c, filters.count());
  parallel_for(bands.count * filters.count(), 1, [&](int64_t begin, int64_t end) {
    Strip strip(c);
    const Runs runs{c.kernel_height, c.kernel_width * c.channels, strip.row_step()};
    for (int64_t i = begin; i < end; ++i) {
      const int64_t band = i / filters.count(), panel = i % filters.count();
      if (i == begin || panel == 0) strip.read(x, bands.first(band), bands.first(band + 1));
      const int64_t place = bands.first(band) * c.out_width() * c.filters;
      multiply_panel(filters, panel, int64_t(strip.patches().size()), strip.patches().data(), runs,
                     finish.from(place, 0), y + place, c.filters);
    }
  });
}

}  // namespace p2s::cpu
