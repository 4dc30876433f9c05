#include "bench/compared_layers.h"

#include "nn/base/error.h"
#include "nn/ops.h"

namespace p2s::bench {
namespace {

using Sizes = std::vector<int64_t>;
using Vars = std::vector<Var>;

ComparedLayer gru_layer(const Sizes& s) {
  const int64_t T = s[0], B = s[1], D = s[2], H = s[3];
  return {
      {{T, B, D}, {D, 3 * H}, {H, 3 * H}, {3 * H}}, {}, [](Tape& tape, const Vars& v, const Ids&) {
        GruWeights weights;
        weights.input = v[1], weights.recurrent = v[2], weights.bias = v[3];
        return gru(tape, v[0], {}, {}, weights);
      }};
}

ComparedLayer lstm_layer(const Sizes& s) {
  const int64_t T = s[0], B = s[1], D = s[2], H = s[3];
  return {
      {{T, B, D}, {D, 4 * H}, {H, 4 * H}, {4 * H}}, {}, [](Tape& tape, const Vars& v, const Ids&) {
        return lstm(tape, v[0], {}, {}, {v[1], v[2], v[3]}).hidden;
      }};
}

ComparedLayer cross_entropy_layer(const Sizes& s) {
  const int64_t N = s[0], H = s[1], V = s[2];
  ComparedLayer layer{
      {{N, H}, {H, V}, {V}}, {}, [N](Tape& tape, const Vars& v, const Ids& targets) {
        const Tensor weights({N}, tape.device(), 1 / real(N));
        return linear_cross_entropy(tape, v[0], v[1], v[2], targets, weights);
      }};
  for (int64_t i = 0; i < N; ++i) layer.targets.push_back(int32_t(i * 7 % V));
  return layer;
}

}  // namespace

ComparedLayer compared_layer(const std::string& name, const Sizes& s) {
  if (name == "gru" && s.size() == 4) return gru_layer(s);
  if (name == "lstm" && s.size() == 4) return lstm_layer(s);
  if (name == "cross_entropy" && s.size() == 3) return cross_entropy_layer(s);
  if (name == "embedding" && s.size() == 3) {
    ComparedLayer layer{{{s[0], s[1]}}, {}, [](Tape& tape, const Vars& v, const Ids& ids) {
                          return embedding(tape, v[0], ids);
                        }};
    for (int64_t i = 0; i < s[2]; ++i) layer.targets.push_back(int32_t(i * 7 % s[0]));
    return layer;
  }
  if (name == "layer_norm" && s.size() == 2) {
    return {{{s[0], s[1]}, {s[1]}, {s[1]}}, {}, [](Tape& tape, const Vars& v, const Ids&) {
              return layer_norm(tape, v[0], v[1], v[2]);
            }};
  }
  if (name == "softmax" && s.size() == 2) {
    return {{{s[0], s[1]}}, {}, [](Tape& tape, const Vars& v, const Ids&) {
              return softmax(tape, v[0]);
            }};
  }
  if (name == "product" && s.size() == 3) {
    return {{{s[0], s[1]}, {s[1], s[2]}}, {}, [](Tape& tape, const Vars& v, const Ids&) {
              return matmul(tape, v[0], v[1]);
            }};
  }
  fail(ErrorCode::usage, "p2s_compare: no layer \"{}\" with {} sizes", name, s.size());
}

}  // namespace p2s::bench
