#pragma once

namespace p2s {

// The library is compiled twice: as float, and as double for the gradient tests only.
#ifdef P2S_REAL_DOUBLE
using real = double;
#else
using real = float;
#endif

}  // namespace p2s
