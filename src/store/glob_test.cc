#include "store/glob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "contract/temp_dir.h"
#include "store/local_store.h"
#include "store/memory_store.h"
#include "store/router_store.h"

namespace calve::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(GlobMatch, StarsQuestionMarksAndBrackets) {
  EXPECT_TRUE(GlobMatch("*.csv", "a.csv"));
  EXPECT_TRUE(GlobMatch("*", "a"));
  EXPECT_TRUE(GlobMatch("*", ""));
  EXPECT_FALSE(GlobMatch("*.csv", "a.csv.gz"));
  EXPECT_TRUE(GlobMatch("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(GlobMatch("a*b*c", "aXbYbZ"));
  EXPECT_TRUE(GlobMatch("?.csv", "ü.csv"));
  EXPECT_FALSE(GlobMatch("?.csv", ".csv"));
  EXPECT_TRUE(GlobMatch("[a-cx].csv", "b.csv"));
  EXPECT_TRUE(GlobMatch("[a-cx].csv", "x.csv"));
  EXPECT_FALSE(GlobMatch("[a-cx].csv", "d.csv"));
  EXPECT_FALSE(GlobMatch("[!a-c]", "b"));
  EXPECT_TRUE(GlobMatch("[^a-c]", "d"));
  EXPECT_TRUE(GlobMatch("[à-ü]x", "éx"));
  EXPECT_TRUE(GlobMatch("[]]", "]"));
  EXPECT_TRUE(GlobMatch("[!]]", "a"));
  EXPECT_TRUE(GlobMatch("[a-]", "-"));
  EXPECT_TRUE(GlobMatch("[*]", "*"));
  EXPECT_FALSE(GlobMatch("[*]", "a"));
  EXPECT_TRUE(GlobMatch("a[b", "a[b"));
  EXPECT_TRUE(GlobMatch("a[", "a["));
  EXPECT_TRUE(GlobMatch("", ""));
  EXPECT_FALSE(GlobMatch("", "a"));
}

TEST(GlobMatch, HiddenNamesNeedTheirDot) {
  EXPECT_FALSE(GlobMatch("*", ".hidden"));
  EXPECT_FALSE(GlobMatch("?hidden", ".hidden"));
  EXPECT_FALSE(GlobMatch("[.]hidden", ".hidden"));
  EXPECT_TRUE(GlobMatch(".*", ".hidden"));
}

TEST(GlobMatch, ManyStarsStayCheap) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(GlobMatch("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

class GlobTest : public testing::TestWithParam<bool> {
 protected:
  GlobTest() {
    store_.Register({"memory"}, std::make_unique<MemoryStore>());
    store_.Register({"file"}, std::make_unique<LocalStore>());
    for (const std::string name :
         {"2015-01.csv", "2015-02.csv", "2016-01.csv", "notes.txt", ".hidden.csv", "y=2015/m=01/a.csv",
          "y=2015/m=02/a.csv", "y=2015/m=02/b.csv", "y=2016/m=01/a.csv", "y=2016/.tmp/a.csv", "odd[1].csv"}) {
      EXPECT_TRUE(store_.Put(Root() + name, "x", PutMode::kOverwrite));
    }
  }
  std::string Root() { return GetParam() ? "memory://b*cket/" : dir_ / ""; }
  std::vector<std::string> Expand(std::string_view pattern) {
    const auto uris = ExpandGlob(store_, Root() + std::string(pattern));
    if (!uris) return {std::string(ErrorKindName(uris.error().kind)) + ": " + uris.error().message};
    std::vector<std::string> names;
    for (const std::string& uri : *uris) names.push_back(uri.substr(Root().size()));
    return names;
  }

  TempDir dir_;
  RouterStore store_;
};

TEST_P(GlobTest, Patterns) {
  EXPECT_THAT(Expand("2015-*.csv"), ElementsAre("2015-01.csv", "2015-02.csv"));
  EXPECT_THAT(Expand("201[56]-01.csv"), ElementsAre("2015-01.csv", "2016-01.csv"));
  EXPECT_THAT(Expand("201?-0[!1].*"), ElementsAre("2015-02.csv"));
  EXPECT_THAT(Expand("y=*/m=*/a.csv"), ElementsAre("y=2015/m=01/a.csv", "y=2015/m=02/a.csv", "y=2016/m=01/a.csv"));
  EXPECT_THAT(Expand("y=2015/*/b.csv"), ElementsAre("y=2015/m=02/b.csv"));
  EXPECT_THAT(Expand("**/a.csv"), ElementsAre("y=2015/m=01/a.csv", "y=2015/m=02/a.csv", "y=2016/m=01/a.csv"));
  EXPECT_THAT(Expand("y=2016/**"), ElementsAre("y=2016/m=01/a.csv"));
  EXPECT_THAT(Expand("**/2016*"), ElementsAre("2016-01.csv"));
  EXPECT_THAT(Expand("**/m=02/**/*.csv"), ElementsAre("y=2015/m=02/a.csv", "y=2015/m=02/b.csv"));
  EXPECT_THAT(Expand(".h*"), ElementsAre(".hidden.csv"));
}

TEST_P(GlobTest, ALiteralNameWins) {
  EXPECT_THAT(Expand("odd[1].csv"), ElementsAre("odd[1].csv"));
  ASSERT_TRUE(store_.Put(Root() + "odd1.csv", "x", PutMode::kOverwrite));
  EXPECT_THAT(Expand("odd[1].csv"), ElementsAre("odd[1].csv"));
  EXPECT_THAT(Expand("odd*.csv"), ElementsAre("odd1.csv", "odd[1].csv"));
}

TEST_P(GlobTest, NoMatchNamesThePattern) {
  EXPECT_THAT(Expand("2017-*.csv"), ElementsAre("not-found: no file matches " + Root() + "2017-*.csv"));
  EXPECT_THAT(Expand("absent/*/x"), ElementsAre(HasSubstr("not-found")));
  EXPECT_THAT(Expand("2015-01.csv/*"), ElementsAre(HasSubstr("not-found")));
  EXPECT_THAT(Expand("y=*/"), ElementsAre(HasSubstr("not-found")));
}

INSTANTIATE_TEST_SUITE_P(Memory, GlobTest, testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Local, GlobTest, testing::Values(false));

TEST(Glob, NamesWithoutPatternAreNotLookedUp) {
  RouterStore nothing;
  EXPECT_THAT(*ExpandGlob(nothing, "s3://b/k"), ElementsAre("s3://b/k"));
  EXPECT_EQ(ExpandGlob(nothing, "s3://b/*").error().kind, ErrorKind::kInvalidArgument);
}

TEST(Glob, RelativePatternsAndFileUris) {
  const TempDir dir;
  dir.Write("a.csv", "1");
  dir.Write("d/b.csv", "1");
  LocalStore store;
  EXPECT_THAT(*ExpandGlob(store, "file://" + (dir / "*.csv")), ElementsAre("file://" + (dir / "a.csv")));
  EXPECT_THAT(*ExpandGlob(store, "file:" + (dir / "*/*.csv")), ElementsAre("file:" + (dir / "d/b.csv")));
  const auto cwd = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  EXPECT_THAT(*ExpandGlob(store, "*.csv"), ElementsAre("a.csv"));
  EXPECT_THAT(*ExpandGlob(store, "**/*.csv"), ElementsAre("a.csv", "d/b.csv"));
  EXPECT_THAT(*ExpandGlob(store, "./d/[b].csv"), ElementsAre("./d/b.csv"));
  std::filesystem::current_path(cwd);
}

TEST(Glob, OnlyTheDirectoriesThatMatchAreRead) {
  const TempDir dir;
  dir.Write("in/a.csv", "1");
  dir.Write("closed/b.csv", "1");
  std::filesystem::create_directory_symlink("/proc", dir / "proc");  // Reading all of it would not end well.
  LocalStore store;
  EXPECT_THAT(*ExpandGlob(store, dir / "i*/*.csv"), ElementsAre(dir / "in/a.csv"));
}

TEST(Glob, ADirectoryOfThatNameIsSaidToBeOne) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "d[1]");
  LocalStore store;
  const auto uris = ExpandGlob(store, dir / "d[1]");
  ASSERT_FALSE(uris);
  EXPECT_EQ(uris.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(uris.error().message, HasSubstr("is a directory"));
}

TEST(ExpandSources, EachFileOnceWhateverItsSpelling) {
  const TempDir dir;
  dir.Write("a.csv", "1");
  dir.Write("b.csv", "1");
  std::filesystem::create_symlink("a.csv", dir / "latest.csv");
  LocalStore store;
  const std::vector<std::string> patterns{dir / "b.csv", dir / "*.csv", "file:" + (dir / "./a.csv"), dir / "none.csv"};
  const std::string root = "file://" + std::filesystem::canonical(dir.path()).native();
  EXPECT_THAT(*ExpandSources(store, patterns), ElementsAre(root + "/a.csv", root + "/b.csv", root + "/none.csv"));
  const std::vector<std::string> missing{dir / "a.csv", dir / "z*.csv"};
  EXPECT_EQ(ExpandSources(store, missing).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace calve::store
