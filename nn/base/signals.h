#pragma once

namespace p2s {

// After install_stop_signals(), SIGINT and SIGTERM no longer end the process but set a flag that
// long work polls between steps; a second signal ends it at once.
void install_stop_signals();

// The signal that asked for a stop, 0 while none has.
int stop_signal();

// Throws Error(cancelled) once a stop was asked for.
void throw_if_stopped();

}  // namespace p2s
