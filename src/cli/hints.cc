#include "cli/hints.h"

namespace calve::cli {

std::string HintFor(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kUnprovable:
      return "nothing was deleted and nothing will be guessed: look at the table's history, then decide "
             "(docs/exit-codes.md)";
    case ErrorKind::kNoSpace:
      return "free some space, or put --warehouse or --scratch elsewhere; then the same command goes on";
    case ErrorKind::kMachine:
      return "make the scratch folder usable, or say another with --scratch; then the same command goes on";
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadlineExceeded:
      return "the same command goes on from here";
    case ErrorKind::kInternal:
      return "this should not happen: please report it, with the output of the same command under --verbose";
    default:
      return "";
  }
}

}  // namespace calve::cli
