#include <doctest/doctest.h>

#include "tests/kernels/compare.h"

// One step of the GRU and of the LSTM, called as the recurrence calls them.
namespace p2s {
namespace {

constexpr double kTolerance = 1e-5;
constexpr int64_t kHidden[] = {1, 5, 16, 35};

Ids some_lengths(Device device) {
  const std::vector<int32_t> lengths = {3, 0, 2};
  return Ids({3}, device, lengths);
}

}  // namespace

TEST_CASE("gru_step and its gradient") {
  for (int64_t H : kHidden) {
    for (bool with_lengths : {false, true}) {
      CAPTURE(H);
      CAPTURE(with_lengths);
      check_agrees(kTolerance, [&](Device device) {
        const Kernels& k = kernels(device);
        const Ids lengths = with_lengths ? some_lengths(device) : Ids();
        const Tensor gates_x = random_tensor({3, 3 * H}, device, 1),
                     gates_h = random_tensor({3, 3 * H}, device, 2),
                     h_prev = random_tensor({3, H}, device, 3),
                     dh = random_tensor({3, H}, device, 4);
        const Tensor h({3, H}, device), saved({3, 3 * H}, device), unsaved({3, H}, device);
        const Tensor d_gates_x({3, 3 * H}, device), d_gates_h({3, 3 * H}, device),
            dh_prev({3, H}, device);
        GruStep step{3,
                     H,
                     2,
                     lengths.data(),
                     gates_x.data(),
                     gates_h.data(),
                     h_prev.data(),
                     unsaved.data(),
                     nullptr};
        k.gru_step(step);
        step.h = h.data(), step.saved = saved.data();
        k.gru_step(step);
        k.gru_step_grad({3, H, 2, lengths.data(), saved.data(), gates_h.data(), h_prev.data(),
                         dh.data(), d_gates_x.data(), d_gates_h.data(), dh_prev.data()});
        return std::vector<Tensor>{h, unsaved, d_gates_x, d_gates_h, dh_prev};
      });
    }
  }
}

TEST_CASE("lstm_step and its gradient") {
  for (int64_t H : kHidden) {
    for (bool with_lengths : {false, true}) {
      CAPTURE(H);
      CAPTURE(with_lengths);
      check_agrees(kTolerance, [&](Device device) {
        const Kernels& k = kernels(device);
        const Ids lengths = with_lengths ? some_lengths(device) : Ids();
        const Tensor gates = random_tensor({3, 4 * H}, device, 1),
                     h_prev = random_tensor({3, H}, device, 2),
                     c_prev = random_tensor({3, H}, device, 3),
                     dh = random_tensor({3, H}, device, 4), dc = random_tensor({3, H}, device, 5);
        const Tensor h({3, H}, device), c({3, H}, device), saved({3, 4 * H}, device),
            unsaved({3, H}, device);
        const Tensor d_gates({3, 4 * H}, device), dh_prev({3, H}, device), dc_prev({3, H}, device);
        LstmStep step{3,
                      H,
                      2,
                      lengths.data(),
                      gates.data(),
                      h_prev.data(),
                      c_prev.data(),
                      unsaved.data(),
                      c.data(),
                      nullptr};
        k.lstm_step(step);
        step.h = h.data(), step.saved = saved.data();
        k.lstm_step(step);
        k.lstm_step_grad({3, H, 2, lengths.data(), saved.data(), c_prev.data(), c.data(), dh.data(),
                          dc.data(), d_gates.data(), dh_prev.data(), dc_prev.data()});
        return std::vector<Tensor>{h, unsaved, c, d_gates, dh_prev, dc_prev};
      });
    }
  }
}

}  // namespace p2s
