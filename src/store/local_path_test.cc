#include "store/local_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "contract/temp_dir.h"
#include "store/uri.h"

namespace calve::store {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string PathOf(std::string_view uri) {
  const Result<std::string> path = LocalPath(uri);
  return path ? *path : "error: " + path.error().message;
}

TEST(UriScheme, OnlySchemeSlashSlashAndFileColonCount) {
  EXPECT_EQ(UriScheme("s3://b/k"), "s3");
  EXPECT_EQ(UriScheme("S3A://b/k"), "s3a");
  EXPECT_EQ(UriScheme("memory://x"), "memory");
  EXPECT_EQ(UriScheme("file:///x"), "file");
  EXPECT_EQ(UriScheme("FILE:/x"), "file");
  EXPECT_EQ(UriScheme("/a/b"), "file");
  EXPECT_EQ(UriScheme("a:b.csv"), "file");
  EXPECT_EQ(UriScheme("dir/http://x"), "file");
  EXPECT_EQ(UriScheme("3d://x"), "file");
  EXPECT_EQ(UriScheme("://x"), "file");
  EXPECT_EQ(UriScheme(""), "file");
}

TEST(LocalPath, UrisKeepTheirBytes) {
  EXPECT_EQ(PathOf("file:///a/b.csv"), "/a/b.csv");
  EXPECT_EQ(PathOf("file:/a/b.csv"), "/a/b.csv");
  EXPECT_EQ(PathOf("FILE:///a"), "/a");
  EXPECT_EQ(PathOf("file://localhost/a"), "/a");
  EXPECT_EQ(PathOf("file:///a%20b/c d/../e?f#g"), "/a%20b/c d/../e?f#g");
  EXPECT_EQ(FileUri("/a%20b/c d"), "file:///a%20b/c d");
}

TEST(LocalPath, PlainPathsBecomeAbsolute) {
  const std::string cwd = std::filesystem::current_path();
  EXPECT_EQ(PathOf("/a//b/./c/../d"), "/a/b/c/../d");
  EXPECT_EQ(PathOf("x.csv"), cwd + "/x.csv");
  EXPECT_EQ(PathOf("./x.csv"), cwd + "/x.csv");
  EXPECT_EQ(PathOf("../x.csv"), cwd + "/../x.csv");
  EXPECT_EQ(PathOf("."), cwd);
  EXPECT_EQ(PathOf("dir/"), cwd + "/dir/");
  EXPECT_EQ(PathOf("filename.csv"), cwd + "/filename.csv");
  EXPECT_EQ(PathOf("a:b"), cwd + "/a:b");
  EXPECT_EQ(PathOf("/"), "/");
}

TEST(LocalPath, RefusesWhatIsNoLocalPath) {
  EXPECT_THAT(PathOf(""), HasSubstr("empty path"));
  EXPECT_THAT(PathOf("s3://b/k"), HasSubstr("s3:// URI is not a local file"));
  EXPECT_THAT(PathOf("https://me:hunter2@host/k?token=hunter2"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(PathOf("file://server/share"), HasSubstr("\"server\" stands where a host does"));
  EXPECT_THAT(PathOf("file:relative"), HasSubstr("needs an absolute path"));
  EXPECT_THAT(PathOf("file:"), HasSubstr("needs an absolute path"));
  EXPECT_THAT(PathOf("file://"), HasSubstr("needs an absolute path"));
  EXPECT_THAT(PathOf(std::string_view("/a\0b", 4)), HasSubstr("NUL"));
  EXPECT_EQ(LocalPath("").error().kind, ErrorKind::kInvalidArgument);
}

TEST(CanonicalFileUri, SpellingsOfAFileAreOneUri) {
  const TempDir dir;
  dir.Write("real/x.csv", "1");
  std::filesystem::create_directory_symlink("real", dir / "link");
  const std::string uri = FileUri(std::filesystem::canonical(dir / "real").native() + "/x.csv");
  EXPECT_EQ(*CanonicalFileUri(dir / "real/x.csv"), uri);
  EXPECT_EQ(*CanonicalFileUri(dir / "link/./x.csv"), uri);
  EXPECT_EQ(*CanonicalFileUri(FileUri(dir / "link/../real/x.csv")), uri);
  EXPECT_EQ(*CanonicalFileUri(dir / "link/absent.csv"), uri.substr(0, uri.size() - 5) + "absent.csv");
}

}  // namespace
}  // namespace calve::store
