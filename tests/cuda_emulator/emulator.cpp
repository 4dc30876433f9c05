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
  Shown shown[2][kLanes] = {};
  int exchanges[kLanes] = {};
};

// One thread of a block, on a stack of its own.
struct Fiber {
  ucontext_t start{};
  jmp_buf place{};
  std::unique_ptr<std::byte[]> stack = std::make_unique_for_overwrite<std::byte[]>(kStack);
  bool started = false, finished = false;
};

struct Block {
  dim3 index;
  std::deque<Fiber> fibers;
  std::vector<Warp> warps;
  Barrier barrier;
  std::vector<uint64_t> memory;
  unsigned finished = 0;
};

std::deque<Block> blocks;  // those that run at once
Block* block = nullptr;    // of the thread that runs now
const std::function<void()>* body = nullptr;
unsigned current = 0, launches = 0;
bool progress = false;
jmp_buf scheduler;

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "emulator: block %u of %u: %s\n", blockIdx.x, gridDim.x, what);
  std::abort();
}

void yield() {
  if (_setjmp(block->fibers[current].place) == 0) _longjmp(scheduler, 1);
}

// A fiber runs one thread of each block after another: making one anew takes system calls.
void enter() {
  for (;;) {
    (*body)();
    block->fibers[current].finished = true;
    ++block->finished;
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
  if (_setjmp(scheduler) == 0) go_on(block->fibers[current]);
}

void wait(Barrier& barrier, unsigned threads, unsigned first) {
  for (unsigned i = first; i < first + threads; ++i) {
    if (block->fibers[i].finished) give_up("a thread waits for one that has ended");
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

void prepare(Block& b, dim3 index, size_t launch_bytes) {
  b.index = index;
  while (b.fibers.size() < blockDim.x) b.fibers.emplace_back();
  for (Fiber& fiber : b.fibers) fiber.finished = false;
  b.warps.assign(blockDim.x / kLanes, {});
  b.barrier = {};
  b.finished = 0;
  b.memory.assign((launch_bytes + 7) / 8, ~uint64_t(0));  // as floats: NaN
}

// Up or down in turn: results must not depend on who comes first.
unsigned in_turn(unsigned i, unsigned n) { return launches % 2 == 0 ? i : n - 1 - i; }

void run_some(Block& b) {
  block = &b;
  blockIdx = b.index;
  for (unsigned i = 0; i < blockDim.x; ++i) {
    const unsigned thread = in_turn(i, blockDim.x);
    if (!b.fibers[thread].finished) resume(thread);
  }
}

// The first `count` blocks, to their end, each as far as it comes without the others: blocks that
// run at once get ahead of each other.
void run_blocks(unsigned count) {
  bool running = true, moved = true;
  while (running) {
    if (!moved) give_up("its threads wait at different barriers");
    running = moved = false;
    for (unsigned i = 0; i < count; ++i) {
      Block& b = blocks[in_turn(i, count)];
      for (progress = true; progress && b.finished < blockDim.x;) {
        progress = false;
        run_some(b);
        moved = moved || progress;
      }
      running = running || b.finished < blockDim.x;
    }
  }
}

}  // namespace

void run(dim3 grid, dim3 threads, Blocks at_once, size_t launch_bytes,
         const std::function<void()>& thread) {
  if (threads.x == 0 || threads.x % kLanes != 0 || threads.x > 1024 || threads.y * threads.z != 1) {
    give_up("a block has 32 to 1024 threads, whole warps, in one dimension");
  }
  if (grid.x == 0 || grid.y == 0 || grid.y > 65535 || grid.z != 1) give_up("the grid is invalid");
  ++launches;
  body = &thread;
  gridDim = grid, blockDim = threads;
  const unsigned count = at_once == Blocks::together ? grid.x * grid.y : 1;
  while (blocks.size() < count) blocks.emplace_back();
  unsigned waiting = 0;
  for (unsigned y = 0; y < grid.y; ++y) {
    for (unsigned x = 0; x < grid.x; ++x) {
      prepare(blocks[waiting++], dim3(x, y), launch_bytes);
      if (waiting == count) run_blocks(std::exchange(waiting, 0));
    }
  }
}

unsigned char* launch_memory() { return reinterpret_cast<unsigned char*>(block->memory.data()); }

void give_way() { yield(); }

void note_progress() { progress = true; }

void block_barrier() { wait(block->barrier, blockDim.x, 0); }

void warp_barrier() {
  const unsigned warp = current / kLanes;
  wait(block->warps[warp].barrier, kLanes, warp * kLanes);
}

int begin_exchange() {
  Warp& warp = block->warps[current / kLanes];
  return warp.exchanges[current % kLanes]++ % 2;
}

Shown& shown(int exchange, unsigned lane) {
  return block->warps[current / kLanes].shown[exchange][lane];
}

}  // namespace emulator
