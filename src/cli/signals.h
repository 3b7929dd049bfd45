// Ctrl-C and its kin.
#pragma once

#include "base/cancel.h"

namespace calve::cli {

/// A reader that closes our stdout must not kill us: writes fail with EPIPE instead.
void IgnoreBrokenPipes();

/// From now on SIGINT and SIGTERM set `token`, which lives as long as the process; the second one ends the process at
/// once with code 130. Without a token the first one does.
void HandleInterrupts(CancelToken* token);

}  // namespace calve::cli
