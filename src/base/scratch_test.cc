#include "base/scratch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace calve {
namespace {

namespace fs = std::filesystem;

TEST(Scratch, ItsErrorsAreTheMachines) {
  EXPECT_EQ(ScratchError(ENOSPC, "x").kind, ErrorKind::kNoSpace);
  EXPECT_EQ(ScratchError(EDQUOT, "x").kind, ErrorKind::kNoSpace);
  for (const int value : {EACCES, ENOENT, EROFS, EIO, EMFILE}) {
    EXPECT_EQ(ScratchError(value, "x").kind, ErrorKind::kMachine) << value;
  }
}

TEST(Scratch, AProbeLeavesNothing) {
  const fs::path folder = fs::temp_directory_path() / ("calve-scratch-" + std::to_string(getpid()));
  EXPECT_TRUE(ProbeScratch((folder / "a" / "b").string()));
  EXPECT_TRUE(fs::is_empty(folder / "a" / "b"));
  std::ofstream(folder / "file") << "x";
  const Status in_a_file = ProbeScratch((folder / "file" / "c").string());
  ASSERT_FALSE(in_a_file);
  EXPECT_EQ(in_a_file.error().kind, ErrorKind::kMachine);
  EXPECT_NE(in_a_file.error().message.find("/file/c"), std::string::npos);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace calve
