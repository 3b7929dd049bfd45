#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace calve {

std::string_view ErrorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return "invalid-argument";
    case ErrorKind::kNotFound:
      return "not-found";
    case ErrorKind::kAlreadyExists:
      return "already-exists";
    case ErrorKind::kPermissionDenied:
      return "permission-denied";
    case ErrorKind::kBadData:
      return "bad-data";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kNoSpace:
      return "no-space";
    case ErrorKind::kMachine:
      return "machine";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kDeadlineExceeded:
      return "deadline-exceeded";
    case ErrorKind::kUnprovable:
      return "unprovable";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

std::unexpected<Error> WithContext(Error error, std::string_view context) {
  error.message.insert(0, std::string(context) + ": ");
  return std::unexpected(std::move(error));
}

Error ErrnoError(int errno_value, std::string_view what) {
  ErrorKind kind = ErrorKind::kInternal;
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      kind = ErrorKind::kNotFound;
      break;
    case EEXIST:
      kind = ErrorKind::kAlreadyExists;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      kind = ErrorKind::kPermissionDenied;
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      kind = ErrorKind::kNoSpace;
      break;
    case EAGAIN:
    case EBUSY:
    case EINTR:
    case EIO:
    case ETIMEDOUT:
    case EMFILE:
    case ENFILE:
      kind = ErrorKind::kUnavailable;
      break;
    default:
      break;
  }
  return Error{kind, std::string(what) + ": " + std::generic_category().message(errno_value)};
}

}  // namespace calve
