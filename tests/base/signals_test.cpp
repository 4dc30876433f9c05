#include "nn/base/signals.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "nn/base/error.h"

using namespace p2s;

namespace {

// The wait status of a child that runs `body` and exits with what it returns; signals stay there.
template <class Body>
int status_of_child(Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// Checks that `number` asks for a stop and that the program then exits with 128 + number.
int stopped_by(int number) {
  install_stop_signals();
  if (stop_signal() != 0) return 1;
  throw_if_stopped();
  std::raise(number);
  if (stop_signal() != number) return 2;
  try {
    throw_if_stopped();
  } catch (const Error& error) {
    return error.code() == ErrorCode::cancelled ? exit_status(error) : 3;
  }
  return 4;
}

}  // namespace

TEST_CASE("the first signal asks for a stop") {
  for (int number : {SIGINT, SIGTERM}) {
    const int status = status_of_child([&] { return stopped_by(number); });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + number);
  }
}

TEST_CASE("the second signal ends the process") {
  const int status = status_of_child([] {
    install_stop_signals();
    std::raise(SIGTERM);
    std::raise(SIGTERM);
    return 0;
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("without install_stop_signals nothing is noted") { CHECK(stop_signal() == 0); }
