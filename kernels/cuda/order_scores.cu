#include "kernels/cuda/cuda.h"
#include "kernels/cuda/team.cuh"

namespace p2s::cuda {
namespace {

__device__ float excess_of(float sentence, float image) {
  return sentence > image ? sentence - image : 0;
}

// A warp for each pair.
__global__ void order_scores_kernel(int64_t pairs, int64_t sentences, int64_t size, const float* v,
                                    const float* s, float* scores) {
  using T = Team<true>;
  const int64_t pair = T::row();
  if (pair >= pairs) return;
  const int64_t image = pair / sentences, sentence = pair - image * sentences;
  float squares = 0;
  for (int64_t c = T::rank(); c < size; c += T::size()) {
    const float excess = excess_of(s[sentence * size + c], v[image * size + c]);
    squares += excess * excess;
  }
  squares = T::sum(squares);
  if (T::rank() == 0) scores[pair] = -sqrtf(squares);
}

// A score's gradient over its length; a score of 0 has none.
__device__ float scale_of(float score, float d_score) { return score < 0 ? -d_score / score : 0; }

__global__ void add_to_images(int64_t images, int64_t sentences, int64_t size, const float* v,
                              const float* s, const float* scores, const float* d_scores,
                              float* dv) {
  for (int64_t i = thread_index(); i < images * size; i += thread_count()) {
    const int64_t image = quotient_of(i, size), c = i - image * size;
    float sum = 0;
    for (int64_t j = 0; j < sentences; ++j) {
      const int64_t pair = image * sentences + j;
      sum += scale_of(scores[pair], d_scores[pair]) * excess_of(s[j * size + c], v[i]);
    }
    dv[i] += sum;
  }
}

__global__ void add_to_sentences(int64_t images, int64_t sentences, int64_t size, const float* v,
                                 const float* s, const float* scores, const float* d_scores,
                                 float* ds) {
  for (int64_t i = thread_index(); i < sentences * size; i += thread_count()) {
    const int64_t sentence = quotient_of(i, size), c = i - sentence * size;
    float sum = 0;
    for (int64_t j = 0; j < images; ++j) {
      const int64_t pair = j * sentences + sentence;
      sum += scale_of(scores[pair], d_scores[pair]) * excess_of(s[i], v[j * size + c]);
    }
    ds[i] -= sum;
  }
}

}  // namespace

void order_scores(int64_t images, int64_t sentences, int64_t size, const float* v, const float* s,
                  float* scores) {
  constexpr int64_t kWarps = kThreads / kWarp;
  const int64_t pairs = images * sentences;
  launch(order_scores_kernel, {dim3(unsigned((pairs + kWarps - 1) / kWarps))}, pairs, sentences,
         size, v, s, scores);
}

void order_scores_grad(int64_t images, int64_t sentences, int64_t size, const float* v,
                       const float* s, const float* scores, const float* d_scores, float* dv,
                       float* ds) {
  if (dv != nullptr) {
    launch(add_to_images, grid_for(images * size), images, sentences, size, v, s, scores, d_scores,
           dv);
  }
  if (ds != nullptr) {
    launch(add_to_sentences, grid_for(sentences * size), images, sentences, size, v, s, scores,
           d_scores, ds);
  }
}

}  // namespace p2s::cuda
