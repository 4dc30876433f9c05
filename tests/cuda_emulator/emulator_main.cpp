#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

// The kernels' tests without those of the CPU alone, which test_kernels runs.
int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  context.addFilter("test-case-exclude", "*CPU*");
  return context.run();
}
