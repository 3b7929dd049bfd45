#include "load/whose_fault.h"

#include <gtest/gtest.h>

namespace calve::load {
namespace {

TEST(WhoseFault, EachKindHasItsAnswer) {
  for (const ErrorKind kind : {ErrorKind::kBadData, ErrorKind::kInvalidArgument, ErrorKind::kConflict}) {
    EXPECT_EQ(WhoseFault(kind), Fault::kLoad) << ErrorKindName(kind);
  }
  for (const ErrorKind kind : {ErrorKind::kCorrupt, ErrorKind::kUnprovable}) {
    EXPECT_EQ(WhoseFault(kind), Fault::kMessage) << ErrorKindName(kind);
  }
  for (const ErrorKind kind : {ErrorKind::kNoSpace, ErrorKind::kMachine}) {
    EXPECT_EQ(WhoseFault(kind), Fault::kWorker) << ErrorKindName(kind);
  }
  for (const ErrorKind kind :
       {ErrorKind::kNotFound, ErrorKind::kAlreadyExists, ErrorKind::kPermissionDenied, ErrorKind::kUnavailable,
        ErrorKind::kCancelled, ErrorKind::kDeadlineExceeded, ErrorKind::kInternal}) {
    EXPECT_EQ(WhoseFault(kind), Fault::kNobody) << ErrorKindName(kind);
  }
}

}  // namespace
}  // namespace calve::load
