#pragma once

#include "nn/ops.h"
#include "tests/op_cases/op_cases.h"

// Each adds the cases of one family of operations to the list.
namespace p2s::families {

using Cases = std::vector<OpCase>;

void add_products(Cases& cases, CaseSizes sizes);
void add_elementwise(Cases& cases, CaseSizes sizes);
void add_layout(Cases& cases, CaseSizes sizes);
void add_tables(Cases& cases, CaseSizes sizes);
void add_reductions(Cases& cases, CaseSizes sizes);
void add_normalisations(Cases& cases, CaseSizes sizes);
void add_losses(Cases& cases, CaseSizes sizes);
// The recurrences take the function under test: the fused operation, or one composed of others.
using GruFunction = std::function<Var(Tape&, const Var& x, const Var& h0, const Ids& lengths,
                                      const GruWeights&, const Var& extra)>;
void add_gru(Cases& cases, CaseSizes sizes, const GruFunction& function = gru);
using LstmFunction = std::function<LstmStates(Tape&, const Var& x, const LstmStates& initial,
                                              const Ids& lengths, const LstmWeights&)>;
void add_lstm(Cases& cases, CaseSizes sizes, const LstmFunction& function = lstm);
using AttentionLstmFunction = std::function<AttentionStates(
    Tape&, const Var& x, const LstmStates& initial, const Ids& lengths, const Annotations& seen,
    const AttentionLstmWeights&, bool hard)>;
void add_attention(Cases& cases, CaseSizes sizes,
                   const AttentionLstmFunction& function = attention_lstm);
void add_convolutions(Cases& cases, CaseSizes sizes);
void add_pools(Cases& cases, CaseSizes sizes);

}  // namespace p2s::families
