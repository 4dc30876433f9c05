#include <ucontext.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include "tests/cuda_emulator/cuda_runtime.h"

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {
namespace {

constexpr size_t kStack = size_t(128) << 10;
constexpr unsigned kLanes = 32;

struct Barrier {
  unsigned arrived = 0, generation = 0;
};

struct Warp {
  Barrier barrier;
  uint64_t shown[2][kLanes] = {};
  int exchanges[kLanes] = {};
};

// One thread of the block, on a stack of its own.
struct Fiber {
  ucontext_t start{};
  jmp_buf place{};
  std::unique_ptr<std::byte[]> stack = std::make_unique<std::byte[]>(kStack);
  bool started = false, finished = false;
};

std::deque<Fiber> fibers;
std::vector<Warp> warps;
Barrier block;
const std::function<void()>* body = nullptr;
unsigned current = 0, finished_count = 0, launches = 0;
bool progress = false;
jmp_buf scheduler;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "emulator: block %u of %u: %s\n", blockIdx.x, gridDim.x, what);
  std::abort();
}

void yield() {
  if (_setjmp(fibers[current].place) == 0) _longjmp(scheduler, 1);
}

// A fiber runs one thread of each block after another: making one anew takes system calls.
void enter() {
  for (;;) {
    (*body)();
    fibers[current].finished = true;
    ++finished_count;
    progress = true;
    yield();
  }
}

void go_on(Fiber& fiber) {
  if (fiber.started) _longjmp(fiber.place, 1);
  fiber.started = true;
  getcontext(&fiber.start);
  fiber.start.uc_stack.ss_sp = fiber.stack.get();
  fiber.start.uc_stack.ss_size = kStack;
  fiber.start.uc_link = nullptr;
  makecontext(&fiber.start, enter, 0);
  setcontext(&fiber.start);
}

void resume(unsigned thread) {
  current = thread;
  threadIdx = dim3(thread);
  if (_setjmp(scheduler) == 0) go_on(fibers[current]);
}

void wait(Barrier& barrier, unsigned threads, unsigned first) {
  for (unsigned i = first; i < first + threads; ++i) {
    if (fibers[i].finished) give_up("a thread waits for one that has ended");
  }
  const unsigned generation = barrier.generation;
  if (++barrier.arrived == threads) {
    barrier.arrived = 0;
    ++barrier.generation;
    progress = true;
    return;
  }
  while (barrier.generation == generation) yield();
}

void run_block() {
  const unsigned threads = blockDim.x;
  for (unsigned i = 0; i < threads; ++i) fibers[i].finished = false;
  for (Warp& warp : warps) warp = {};
  block = {};
  finished_count = 0;
  while (finished_count < threads) {
    progress = false;
    // Up or down in turn: results must not depend on who comes first.
    for (unsigned i = 0; i < threads; ++i) {
      const unsigned thread = launches % 2 == 0 ? i : threads - 1 - i;
      if (!fibers[thread].finished) resume(thread);
    }
    if (!progress) give_up("its threads wait at different barriers");
  }
}

}  // namespace

void run(dim3 grid, dim3 threads, const std::function<void()>& thread) {
  if (threads.x == 0 || threads.x % kLanes != 0 || threads.x > 1024 || threads.y * threads.z != 1) {
    give_up("a block has 32 to 1024 threads, whole warps, in one dimension");
  }
  if (grid.x == 0 || grid.y == 0 || grid.y > 65535 || grid.z != 1) give_up("the grid is invalid");
  ++launches;
  body = &thread;
  gridDim = grid, blockDim = threads;
  while (fibers.size() < threads.x) fibers.emplace_back();
  warps.resize(threads.x / kLanes);
  for (unsigned y = 0; y < grid.y; ++y) {
    for (unsigned x = 0; x < grid.x; ++x) {
      blockIdx = dim3(x, y);
      run_block();
    }
  }
}

void block_barrier() { wait(block, blockDim.x, 0); }

void warp_barrier() {
  const unsigned warp = current / kLanes;
  wait(warps[warp].barrier, kLanes, warp * kLanes);
}

int begin_exchange() {
  Warp& warp = warps[current / kLanes];
  return warp.exchanges[current % kLanes]++ % 2;
}

uint64_t& shown(int exchange, unsigned lane) {
  return warps[current / kLanes].shown[exchange][lane];
}

}  // namespace emulator
