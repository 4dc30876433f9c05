#include "models/style.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/base/error.h"
#include "nn/init.h"

using namespace p2s;

namespace {

PassageEncoder make_encoder() {
  Rng rng(8);
  const SentenceEncoder uni(6, 4, 5, false, Device::cpu, rng);
  return PassageEncoder({{uni}}, {}, {10, 10, 40, 20, 15, 5});
}

Style style_of(const std::vector<real>& thought_mean, real deviation) {
  const auto tensor = [](std::vector<real> v) {
    return Tensor({int64_t(v.size())}, Device::ref, v);
  };
  return {"s",         "e",        1, tensor(thought_mean), tensor({deviation, deviation}),
          tensor({0}), tensor({1})};
}

}  // namespace

TEST_CASE("a text's thought is the mean of its sentences', its content weighs rare words more") {
  const PassageEncoder encode = make_encoder();
  const PassageVectors both = encode({{{2, 3}, {4}}, {}});
  const PassageVectors apart = encode({{{2, 3}}, {{4}}});
  const auto whole = both.thought.to_host(), parts = apart.thought.to_host();
  for (size_t i = 0; i < 5; ++i) {
    CHECK(whole[i] == doctest::Approx((parts[i] + parts[5 + i]) / 2).epsilon(1e-5));
    CHECK(whole[5 + i] == 0);  // a text without sentences
  }
  CHECK(encode.content_weights()[0] == 0);
  CHECK(encode.content_weights()[1] == 0);
  CHECK(encode.content_weights()[2] == doctest::Approx(5e-4 / (5e-4 + 40.0 / 100)).epsilon(1e-5));
  const auto content = encode({{{2, 5}}}).content.to_host();
  const auto table = encode.encoder().parts[0].words.value.to_host();
  const double w2 = encode.content_weights()[2], w5 = encode.content_weights()[5];
  for (size_t d = 0; d < 4; ++d) {
    CHECK(content[d] ==
          doctest::Approx((w2 * table[8 + d] + w5 * table[20 + d]) / (w2 + w5)).epsilon(1e-5));
  }
}

TEST_CASE("a style holds mean and deviation, and knows its encoder") {
  StyleAccumulator sums;
  const auto rows = [](std::vector<real> v) {
    return PassageVectors{Tensor({2, 2}, Device::ref, v), Tensor({2, 1}, Device::ref, real(3))};
  };
  sums.add(rows({1, 0, 3, 0}));
  sums.add(rows({1, 0, 3, 0}));
  const Style style = sums.finish("thriller", "abc");
  CHECK(style.texts == 4);
  CHECK(style.thought_mean.to_host() == std::vector<real>{2, 0});
  CHECK(style.thought_deviation.to_host() == std::vector<real>{1, 1});  // never varies: 1
  CHECK_NOTHROW(require_same_encoder(style, "abc"));
  CHECK_THROWS_WITH_AS(require_same_encoder(style, "xyz"), doctest::Contains("abc"), Error);
  CHECK_THROWS_AS(StyleAccumulator().finish("none", "abc"), Error);
}

TEST_CASE("the shift takes the captions' mean off, scales, and adds the genre's") {
  const PassageVectors captions{Tensor({1, 2}, Device::ref, std::vector<real>{5, 1}),
                                Tensor({1, 1}, Device::ref, real(0))};
  const Style caption = style_of({1, 1}, 2), genre = style_of({4, 0}, 1), all = style_of({2, 2}, 4);
  const PassageCondition z =
      shift(captions, caption, genre, all, {.content = 0.5, .style = 2}, {1});
  // content 0.5 * (5-1)/2 = 1, genre 2 * (4-2)/4 = 1;  0.5 * 0 and 2 * (0-2)/4 = -1
  CHECK(z.thought.to_host() == std::vector<real>{2, -1});
  CHECK(z.genres == std::vector<int32_t>{1});
}

TEST_CASE("the shift scales captions as passages are, and keeps where they point") {
  const PassageVectors captions{Tensor({1, 2}, Device::ref, std::vector<real>{5, 4}),
                                Tensor({1, 1}, Device::ref, real(0))};
  Style caption = style_of({1, 1}, 1);
  caption.thought_deviation = Tensor({2}, Device::ref, std::vector<real>{1, 3});
  const Style all = style_of({0, 0}, 1);
  const auto z =
      shift(captions, caption, all, all, {.content = 1, .style = 0}, {0}).thought.to_host();
  // The captions' mean square is (1 + 9) / 2, so k = 1 / sqrt(5).
  CHECK(z[0] == doctest::Approx(4 / std::sqrt(5.0)).epsilon(1e-5));
  CHECK(z[1] == doctest::Approx(3 / std::sqrt(5.0)).epsilon(1e-5));
}

TEST_CASE("a mixed style adds up how the styles differ from all passages") {
  const Style one = style_of({4, 0}, 1), other = style_of({2, 6}, 1), all = style_of({2, 2}, 4);
  const Style mixed = mix_styles({{&one, real(0.5)}, {&other, real(2)}}, all);
  CHECK(mixed.thought_mean.to_host() == std::vector<real>{3, 9});
  CHECK(mixed.thought_deviation.to_host() == std::vector<real>{4, 4});
  CHECK(mix_styles({{&one, real(1)}}, all).thought_mean.to_host() == std::vector<real>{4, 0});
}
