// Whose fault an error is: what becomes of the message that met it, and of the worker.
#pragma once

#include "base/error.h"

namespace calve::load {

enum class Fault {
  kMessage,  ///< This message's: what it names cannot be worked on by anybody. To the dead letters, for a person.
  kLoad,     ///< This load's: the same plan on the same bytes will always give it. The load is declared failed.
  kWorker,   ///< This worker's: its disk, its scratch folder. Given back; the worker takes no more, and is to be
             ///< replaced.
  kNobody,   ///< It may pass, or be another process's view of things: given back; deliveries are counted.
};

/// The one table of it, for workers, functions, runs and the suites. A thing that is not found, or not permitted, is
/// nobody's: the answer may be stale, or a role on its way; who has tried often enough ends in the dead letters.
constexpr Fault WhoseFault(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kBadData:
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kConflict:
      return Fault::kLoad;
    case ErrorKind::kCorrupt:
    case ErrorKind::kUnprovable:
      return Fault::kMessage;
    case ErrorKind::kNoSpace:
    case ErrorKind::kMachine:
      return Fault::kWorker;
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kUnavailable:
    case ErrorKind::kCancelled:
    case ErrorKind::kDeadlineExceeded:
    case ErrorKind::kInternal:
      break;
  }
  return Fault::kNobody;
}

}  // namespace calve::load
