#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/passage_decoder.h"
#include "models/sentence_encoder.h"
#include "models/tensor_file.h"
#include "models/vse.h"

namespace p2s {

// Models that Kiros' programs saved (skip-thoughts, visual-semantic-embedding, neural-storyteller:
// numpy.savez of their parameters). Their GRU is ours; gates stand in arrays of their own: W, U, b
// of r and u, Wx, Ux, bx of the candidate. Rows of word tables are 0 <eos>, 1 UNK, then words by
// falling frequency. Error(format) names the array that is missing or does not fit.
//
//   skip-thoughts  Wemb, encoder_W ... encoder_bx, of bi-skip also encoder_r_W ... (uni_skip.npz,
//                  bi_skip.npz, and what its training saves; decoders there are passed over)
//   VSE            Wemb, encoder_W ..., ff_image_W, ff_image_b
//   story decoder  Wemb, ff_state_W, ff_state_b, decoder_W ..., ff_logit_W, ff_logit_b; with
//                  ff_hid_W ("doutput") it has a layer that ours has not: refused
enum class PublishedModel { skip_thought, vse, decoder };
PublishedModel published_model(const TensorFile& file);

// The words that the model's Wemb has rows for, or those of `table` [V,D] (utable.npy) instead.
SentenceEncoder read_published_skip_thought(const TensorFile& file, const TensorFile* table,
                                            Device device);
Vse read_published_vse(const TensorFile& file, Device device);
PassageDecoder read_published_decoder(const TensorFile& file, Device device);

// Row i becomes what row order[i] was.
Tensor reordered_rows(const Tensor& x, const std::vector<int64_t>& order);

}  // namespace p2s
