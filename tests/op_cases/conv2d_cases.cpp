#include <spdlog/fmt/fmt.h>

#include "tests/op_cases/families.h"

namespace p2s::families {
namespace {

struct Layer {
  Shape x;       // [N,H,W,C]
  Shape weight;  // [K,R,S,C/groups]
  ConvOptions options = {};
  bool bias = true, residual = false, train_input = true, packed = false;
};

const char* text(Activation activation) {
  return activation == Activation::none ? ""
                                        : (activation == Activation::relu ? ", relu" : ", relu6");
}

Shape output(const Layer& layer) {
  const ConvOptions& o = layer.options;
  const int64_t height = layer.x[1] + o.pad_top + o.pad_bottom - layer.weight[1];
  const int64_t width = layer.x[2] + o.pad_left + o.pad_right - layer.weight[2];
  return {layer.x[0], height / o.stride + 1, width / o.stride + 1, layer.weight[0]};
}

std::string describe(const Layer& layer) {
  const ConvOptions& o = layer.options;
  return fmt::format("conv2d {} with {}, stride {}, pads {} {} {} {}, groups {}{}{}{}{}",
                     layer.x.text(), layer.weight.text(), o.stride, o.pad_top, o.pad_bottom,
                     o.pad_left, o.pad_right, o.groups, layer.bias ? ", bias" : "",
                     layer.residual ? ", residual" : "", text(o.activation),
                     layer.packed        ? ", packed filters"
                     : layer.train_input ? ""
                                         : ", constant input");
}

// Without a bias the residual keeps the sums away from the kinks.
std::vector<Operand> operands(const Layer& layer) {
  const bool learns = !layer.packed;
  std::vector<Operand> result = {{layer.x, Draw::grid, layer.train_input && learns},
                                 {layer.weight, Draw::grid, learns}};
  if (layer.bias) result.push_back({{layer.weight[0]}, Draw::off_grid, learns});
  if (layer.residual) {
    result.push_back({output(layer), layer.bias ? Draw::grid : Draw::off_grid, learns});
  }
  return result;
}

OpCase conv_case(const Layer& layer) {
  return {
      .op = "conv2d",
      .name = describe(layer),
      .operands = operands(layer),
      .run =
          [layer](Tape& tape, const OpInputs& in) {
            const Var bias = layer.bias ? in.vars[2] : Var();
            const Var residual = layer.residual ? in.vars.back() : Var();
            if (layer.packed) {
              return conv2d(
                  tape, in.vars[0],
                  PackedFilters(in.vars[1].value, layer.options.stride, layer.options.groups), bias,
                  layer.options, residual);
            }
            return conv2d(tape, in.vars[0], in.vars[1], bias, layer.options, residual);
          },
      .flops = 2.0 * double(output(layer).elements() * layer.weight.elements() / layer.weight[0]),
      .mode = layer.packed ? Tape::Mode::inference : Tape::Mode::training};
}

ConvOptions same(int64_t pad, int64_t stride = 1, int64_t groups = 1,
                 Activation activation = Activation::none) {
  return {stride, pad, pad, pad, pad, groups, activation};
}

// The layers of EfficientNet-Lite0 and ResNet-50 that take most of their time.
void add_network_layers(Cases& cases) {
  const auto relu6 = Activation::relu6;
  for (int64_t batch : {1, 16}) {
    cases.push_back(conv_case({{batch, 224, 224, 3}, {32, 3, 3, 3}, {2, 0, 1, 0, 1, 1, relu6}}));
    cases.push_back(conv_case({{batch, 56, 56, 24}, {144, 1, 1, 24}, same(0, 1, 1, relu6)}));
    cases.push_back(conv_case({{batch, 56, 56, 144}, {144, 3, 3, 1}, same(1, 1, 144, relu6)}));
    cases.push_back(conv_case({{batch, 14, 14, 480}, {480, 5, 5, 1}, same(2, 1, 480, relu6)}));
    cases.push_back(conv_case({{batch, 7, 7, 320}, {1280, 1, 1, 320}, same(0, 1, 1, relu6)}));
    cases.push_back(conv_case({{batch, 56, 56, 64}, {64, 3, 3, 64}, same(1)}));
  }
}

void add_activations(Cases& cases) {
  for (Activation activation : {Activation::none, Activation::relu, Activation::relu6}) {
    for (bool residual : {false, true}) {
      cases.push_back(
          conv_case({{2, 5, 4, 3}, {4, 3, 3, 3}, same(1, 1, 1, activation), true, residual}));
      cases.push_back(
          conv_case({{2, 4, 5, 4}, {4, 3, 3, 1}, same(1, 1, 4, activation), true, residual}));
    }
    cases.push_back(
        conv_case({{1, 3, 3, 5}, {6, 1, 1, 5}, same(0, 1, 1, activation), false, true}));
  }
}

}  // namespace

void add_convolutions(Cases& cases, CaseSizes sizes) {
  if (sizes == CaseSizes::threads) {
    const auto relu6 = Activation::relu6;
    cases.push_back(conv_case({{3, 15, 15, 17}, {35, 3, 3, 17}, same(1, 1, 1, relu6)}));
    cases.push_back(conv_case({{3, 21, 21, 48}, {48, 5, 5, 1}, same(2, 1, 48, relu6)}));
    // Threads share channels or rows; the last channels are fewer than a vector.
    cases.push_back(conv_case({{1, 7, 7, 600}, {600, 5, 5, 1}, same(2, 1, 600, relu6)}));
    cases.push_back(conv_case({{3, 23, 20, 40}, {40, 5, 5, 1}, same(2, 2, 40, relu6), true, true}));
    cases.push_back(conv_case({{3, 21, 21, 40}, {24, 1, 1, 40}, {}, true, true}));
    cases.push_back(conv_case({{2, 33, 33, 3}, {32, 3, 3, 3}, {2, 0, 1, 0, 1, 1, relu6}}));
    cases.push_back(conv_case({{3, 15, 15, 16}, {24, 3, 3, 16}, same(1, 2), true, true}));
    // Places enough for every thread to sum its own gradient of the filters.
    cases.push_back(conv_case({{3, 40, 41, 8}, {24, 1, 1, 8}, same(0)}));
    cases.push_back(conv_case({{3, 81, 80, 3}, {8, 3, 3, 3}, same(1, 2, 1, relu6)}));
    // Wide enough for minimal filtering, few tiles and many; sizes that are odd.
    for (const bool packed : {false, true}) {
      Layer wide{{2, 9, 11, 48}, {32, 3, 3, 48}, same(1, 1, 1, Activation::relu), true, true};
      wide.packed = packed;
      cases.push_back(conv_case(wide));
      wide = {{3, 29, 34, 32}, {80, 3, 3, 32}, {1, 0, 1, 2, 1, 1, relu6}};
      wide.packed = packed;
      cases.push_back(conv_case(wide));
    }
    return;
  }
  if (sizes == CaseSizes::bench) return add_network_layers(cases);
  const auto none = Activation::none;
  cases.push_back(conv_case({{1, 1, 1, 1}, {1, 1, 1, 1}, {}, false}));
  cases.push_back(conv_case({{2, 5, 6, 3}, {4, 3, 3, 3}, {}, false}));
  cases.push_back(conv_case({{2, 5, 6, 3}, {4, 1, 1, 3}}));
  cases.push_back(conv_case({{1, 7, 6, 2}, {3, 3, 3, 2}, same(1, 2)}));
  cases.push_back(conv_case({{1, 8, 8, 3}, {5, 3, 3, 3}, {2, 0, 1, 0, 1, 1, none}}));
  cases.push_back(conv_case({{1, 6, 7, 2}, {3, 2, 3, 2}, {2, 1, 0, 2, 1, 1, none}, false}));
  cases.push_back(conv_case({{1, 4, 4, 3}, {2, 1, 1, 3}, same(0, 2)}));
  cases.push_back(conv_case({{2, 4, 5, 6}, {4, 3, 3, 3}, same(1, 1, 2)}));
  cases.push_back(conv_case({{1, 5, 5, 4}, {8, 3, 3, 1}, same(1, 1, 4), false}));
  cases.push_back(conv_case({{2, 6, 5, 17}, {17, 3, 3, 1}, same(1, 2, 17)}));
  cases.push_back(conv_case({{1, 7, 7, 16}, {16, 5, 5, 1}, {2, 1, 2, 1, 2, 16, none}}));
  cases.push_back(conv_case({{1, 9, 9, 33}, {35, 1, 1, 33}}));
  // Channels in whole vectors.
  cases.push_back(conv_case({{2, 5, 6, 8}, {16, 3, 3, 8}, same(1, 1, 1, Activation::relu6)}));
  cases.push_back(conv_case({{2, 7, 6, 8}, {8, 3, 3, 8}, same(1, 2), true, true}));
  cases.push_back(conv_case({{1, 3, 3, 8}, {8, 2, 2, 8}, {1, 3, 0, 2, 3, 1, none}, false}));
  cases.push_back(conv_case(
      {.x = {2, 5, 4, 3}, .weight = {4, 3, 3, 3}, .options = same(1), .train_input = false}));
  for (const bool residual : {false, true}) {
    Layer layer{{2, 7, 6, 8}, {70, 3, 3, 8}, same(1, 1, 1, Activation::relu6), true, residual};
    layer.packed = true;
    cases.push_back(conv_case(layer));
    layer.weight = {70, 1, 1, 8}, layer.options = same(0);
    cases.push_back(conv_case(layer));
    layer.weight = {8, 3, 3, 1}, layer.options = same(1, 2, 8, Activation::relu6);
    cases.push_back(conv_case(layer));
  }
  // More numbers in a row of the kernel, and in a patch, than are multiplied in one pass.
  cases.push_back(conv_case({{1, 4, 4, 400}, {3, 3, 3, 400}, same(1), true, true}));
  cases.push_back(conv_case({{1, 4, 4, 200}, {3, 3, 3, 200}, same(1, 1, 1, Activation::relu)}));
  add_activations(cases);
}

}  // namespace p2s::families
