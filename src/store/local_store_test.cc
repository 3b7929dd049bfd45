// What LocalStore does beyond the contract suite (tests/contract/store_contract.h).
#include "store/local_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "contract/temp_dir.h"
#include "store/local_file.h"
#include "store/local_path.h"

namespace calve::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LocalStoreTest : public testing::Test {
 protected:
  std::vector<std::string> Listed(std::string_view prefix) {
    const auto objects = store_.List(dir_ / prefix);
    if (!objects) return {"error: " + objects.error().message};
    std::vector<std::string> names;
    for (const ObjectInfo& object : *objects) names.push_back(object.uri.substr(dir_.path().size() + 1));
    return names;
  }

  std::vector<std::string> OnDisk() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) {
      if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(dir_.path()).native());
    }
    std::ranges::sort(names);
    return names;
  }

  static Error ErrorOf(const auto& result) {
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? Error{ErrorKind::kInternal, "no error"} : result.error();
  }

  TempDir dir_;
  LocalStore store_;
};

// Runs as somebody whom permissions bind, whoever runs the tests.
class AsNobody {
 public:
  AsNobody() {
    if (was_root_) {
      EXPECT_EQ(seteuid(65534), 0);
    }
  }
  ~AsNobody() {
    if (was_root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }

 private:
  bool was_root_ = geteuid() == 0;
};

TEST_F(LocalStoreTest, PutsWithSyncWork) {
  ASSERT_TRUE(store_.Put(dir_ / "a/b/c", "1", PutMode::kIfAbsent));
  ASSERT_TRUE(store_.Put(dir_ / "a/b/c", "2", PutMode::kOverwrite));
  EXPECT_EQ(*ReadAll(store_, FileUri(dir_ / "a/b/c")), "2");
  EXPECT_THAT(OnDisk(), ElementsAre("a/b/c"));
}

TEST_F(LocalStoreTest, FailedPutsLeaveNothing) {
  ASSERT_TRUE(store_.Put(dir_ / "x", "1", PutMode::kIfAbsent));
  EXPECT_FALSE(store_.Put(dir_ / "x", "2", PutMode::kIfAbsent));
  std::filesystem::create_directory(dir_ / "folder");
  for (const PutMode mode : {PutMode::kIfAbsent, PutMode::kOverwrite}) {
    const Error error = ErrorOf(store_.Put(dir_ / "folder", "2", mode));
    EXPECT_EQ(error.kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(error.message, HasSubstr("folder is a directory"));
  }
  EXPECT_THAT(OnDisk(), ElementsAre("x"));
}

TEST_F(LocalStoreTest, AFileWhereADirectoryIsNeeded) {
  dir_.Write("file", "1");
  const Error error = ErrorOf(store_.Put(dir_ / "file/below/x", "1", PutMode::kOverwrite));
  EXPECT_EQ(error.kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("file is a file where a directory is needed"));
}

TEST_F(LocalStoreTest, CrashLeftoversAreNeverSeen) {
  dir_.Write("d/" + std::string(kTempPrefix) + "0123456789abcdef", "half a pl");
  dir_.Write("d/plan.json", "{}");
  EXPECT_THAT(Listed(""), ElementsAre("d/plan.json"));
  EXPECT_THAT(Listed("d/"), ElementsAre("d/plan.json"));
  EXPECT_THAT(Listed("d/."), ElementsAre());
  EXPECT_EQ(store_.ListChildren(dir_ / "d/")->objects.size(), 1U);
  EXPECT_EQ(ErrorOf(store_.Put(dir_ / "d/.calve-tmp-1", "", PutMode::kOverwrite)).kind, ErrorKind::kInvalidArgument);
}

TEST_F(LocalStoreTest, WhatIsNoFileIsRefusedByName) {
  ASSERT_EQ(mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  std::filesystem::create_directory(dir_ / "folder");
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  (dir_ / "sock").copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  const UniqueFd socket_fd(socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(bind(socket_fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);

  const std::vector<std::pair<std::string, std::string>> cases{{dir_ / "fifo", "is a pipe (FIFO)"},
                                                               {dir_ / "folder", "is a directory"},
                                                               {dir_ / "sock", "is a socket"},
                                                               {"/dev/null", "is a device"}};
  for (const auto& [path, why] : cases) {
    const Error head = ErrorOf(store_.Head(path));
    EXPECT_EQ(head.kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(head.message, testing::AllOf(HasSubstr(path), HasSubstr(why)));
    EXPECT_EQ(ErrorOf(store_.Open(path, {})).kind, ErrorKind::kInvalidArgument);
  }
  EXPECT_TRUE(Listed("").empty());
}

TEST_F(LocalStoreTest, ErrorsNameThePathAndTheReason) {
  const Error absent = ErrorOf(store_.Head(dir_ / "absent.csv"));
  EXPECT_EQ(absent.kind, ErrorKind::kNotFound);
  EXPECT_EQ(absent.message, "cannot open " + (dir_ / "absent.csv") + ": No such file or directory");
  EXPECT_EQ(ErrorOf(store_.Head(dir_ / std::string(300, 'x'))).kind, ErrorKind::kInvalidArgument);
  std::filesystem::create_symlink("loop", dir_ / "loop");
  EXPECT_EQ(ErrorOf(store_.Head(dir_ / "loop")).kind, ErrorKind::kInvalidArgument);
}

TEST_F(LocalStoreTest, PermissionsAreSaidToBeSo) {
  dir_.Write("closed/x", "1");
  chmod(dir_.path().c_str(), 0755);
  chmod((dir_ / "closed/x").c_str(), 0000);
  chmod((dir_ / "closed").c_str(), 0555);
  {
    const AsNobody nobody;
    EXPECT_EQ(ErrorOf(store_.Head(dir_ / "closed/x")).kind, ErrorKind::kPermissionDenied);
    const Error put = ErrorOf(store_.Put(dir_ / "closed/y", "1", PutMode::kOverwrite));
    EXPECT_EQ(put.kind, ErrorKind::kPermissionDenied);
    EXPECT_THAT(put.message, testing::AllOf(HasSubstr(dir_ / "closed"), HasSubstr("Permission denied")));
    const std::vector<std::string> uris{dir_ / "closed/x"};
    EXPECT_EQ(ErrorOf(store_.Delete(uris)).kind, ErrorKind::kPermissionDenied);
  }
  chmod((dir_ / "closed").c_str(), 0000);
  {
    const AsNobody nobody;
    EXPECT_EQ(ErrorOf(store_.List(dir_ / "")).kind, ErrorKind::kPermissionDenied) << "nothing is missed in silence";
  }
  chmod((dir_ / "closed").c_str(), 0755);
}

TEST_F(LocalStoreTest, AFullDiskIsNoSpaceAndLeavesNothing) {
  // A file size limit fails a write half-way (EFBIG), as a full disk or quota does.
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  auto* old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = store_.Put(dir_ / "big", std::string(5000, 'x'), PutMode::kOverwrite);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(ErrorOf(status).kind, ErrorKind::kNoSpace);
  EXPECT_TRUE(OnDisk().empty());
}

TEST_F(LocalStoreTest, PutFileCopiesBetweenFileSystems) {
  struct stat here{};
  struct stat there{};
  ASSERT_EQ(stat(dir_.path().c_str(), &here), 0);
  ASSERT_EQ(stat("/dev/shm", &there), 0);
  ASSERT_NE(here.st_dev, there.st_dev) << "needs two file systems: $TMPDIR and /dev/shm";
  std::string path = "/dev/shm/calve-test-XXXXXX";
  const UniqueFd fd(mkstemp(path.data()));
  const std::string data(3'000'000, 'q');
  ASSERT_TRUE(WriteAll(fd.get(), data, path));

  ASSERT_TRUE(store_.PutFile(dir_ / "t/x", path, PutMode::kIfAbsent));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(*ReadAll(store_, dir_ / "t/x") == data);
  EXPECT_THAT(OnDisk(), ElementsAre("t/x"));

  std::ofstream(path) << "second";
  EXPECT_EQ(ErrorOf(store_.PutFile(dir_ / "t/x", path, PutMode::kIfAbsent)).kind, ErrorKind::kAlreadyExists);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_THAT(OnDisk(), ElementsAre("t/x"));
  std::filesystem::remove(path);
}

TEST_F(LocalStoreTest, TheVersionIsSizeTimeAndSamples) {
  const std::string path = dir_.Write("x", std::string(100'000, 'x'));
  const std::string version = store_.Head(path)->version;
  EXPECT_THAT(version, testing::MatchesRegex("100000-[0-9]{19}-[0-9a-f]{16}"));
  // Same size and time, another content in a sampled place: head, middle and tail each count.
  const auto time = std::filesystem::last_write_time(path);
  for (const size_t at : {size_t{0}, size_t{50'000}, size_t{99'999}}) {
    std::string data(100'000, 'x');
    data[at] = 'y';
    std::ofstream(path) << data;
    std::filesystem::last_write_time(path, time);
    EXPECT_NE(store_.Head(path)->version, version) << at;
  }
  std::ofstream(path) << std::string(100'000, 'x');
  std::filesystem::last_write_time(path, time);
  EXPECT_EQ(store_.Head(path)->version, version);
  std::filesystem::last_write_time(path, time + std::chrono::nanoseconds(1000));
  EXPECT_NE(store_.Head(path)->version, version);
}

TEST_F(LocalStoreTest, APinnedStreamNoticesEveryChange) {
  std::string buffer(10, '\0');
  const auto bytes = std::as_writable_bytes(std::span(buffer));
  const std::string path = dir_ / "x";
  const std::vector<std::function<void()>> changes{
      [&] { ASSERT_TRUE(store_.Put(path, std::string(1000, 'b'), PutMode::kOverwrite)); },
      [&] { std::filesystem::remove(path); }, [&] { std::ofstream(path, std::ios::app) << "more"; },
      [&] { std::filesystem::resize_file(path, 500); },
      [&] {
        std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
      }};
  for (const auto& change : changes) {
    dir_.Write("x", std::string(1000, 'a'));
    const auto stream =
        store_.Open(path, {.offset_bytes = 5, .length_bytes = {}, .if_version = store_.Head(path)->version});
    ASSERT_TRUE(stream) << stream.error().message;
    ASSERT_EQ(*(*stream)->Read(bytes), 10U);
    change();
    const Error error = ErrorOf((*stream)->Read(bytes));
    EXPECT_EQ(error.kind, ErrorKind::kConflict);
    EXPECT_THAT(error.message, HasSubstr("while it was read"));
  }
}

TEST_F(LocalStoreTest, AChangeAfterTheLastByteIsNoticedAtTheEnd) {
  const std::string path = dir_.Write("x", "0123456789");
  const auto stream =
      store_.Open(path, {.offset_bytes = 0, .length_bytes = {}, .if_version = store_.Head(path)->version});
  std::string buffer(10, '\0');
  ASSERT_EQ(*(*stream)->Read(std::as_writable_bytes(std::span(buffer))), 10U);
  std::ofstream(path, std::ios::app) << "more";
  EXPECT_EQ(ErrorOf((*stream)->Read(std::as_writable_bytes(std::span(buffer)))).kind, ErrorKind::kConflict);
}

TEST_F(LocalStoreTest, AShrunkFileIsNeverAShortRead) {
  const std::string path = dir_.Write("x", std::string(1000, 'a'));
  const auto stream = store_.Open(path, {});
  std::filesystem::resize_file(path, 100);
  std::string buffer(400, '\0');
  ASSERT_EQ(*(*stream)->Read(std::as_writable_bytes(std::span(buffer))), 100U);
  EXPECT_EQ(ErrorOf((*stream)->Read(std::as_writable_bytes(std::span(buffer)))).kind, ErrorKind::kConflict);
}

TEST_F(LocalStoreTest, ListFollowsLinksButNoLoops) {
  dir_.Write("real/x", "1");
  dir_.Write("real/deep/y", "1");
  std::filesystem::create_directory_symlink("../..", dir_ / "real/deep/up");
  std::filesystem::create_directory_symlink("real", dir_ / "also");
  std::filesystem::create_symlink("real/x", dir_ / "z");
  std::filesystem::create_symlink("nowhere", dir_ / "dangling");
  EXPECT_THAT(Listed(""), ElementsAre("also/deep/y", "also/x", "real/deep/y", "real/x", "z"));
}

TEST_F(LocalStoreTest, ListingUrisAreSpelledAsThePrefix) {
  dir_.Write("d/x", "1");
  EXPECT_EQ(store_.List("file:" + (dir_ / "d/"))->front().uri, "file:" + (dir_ / "d/x"));
  EXPECT_EQ(store_.List(FileUri(dir_ / "d/../d/"))->front().uri, FileUri(dir_ / "d/../d/x"));
  const auto cwd = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  EXPECT_EQ(store_.List("")->front().uri, "d/x");
  EXPECT_EQ(store_.List("d")->front().uri, "d/x");
  EXPECT_EQ(store_.List("./d/")->front().uri, "./d/x");
  std::filesystem::current_path(cwd);
}

TEST_F(LocalStoreTest, DirectoriesAreNotDeleted) {
  dir_.Write("d/x", "1");
  const std::vector<std::string> uris{dir_ / "d"};
  EXPECT_EQ(ErrorOf(store_.Delete(uris)).kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(Listed(""), ElementsAre("d/x"));
}

TEST_F(LocalStoreTest, ConcurrentPutsMakeTheirDirectoriesTogether) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      const Status status = store_.Put(dir_ / ("a/b/c/d/" + std::to_string(i)), "x", PutMode::kIfAbsent);
      EXPECT_TRUE(status) << status.error().message;
    });
  }
  threads.clear();
  EXPECT_EQ(Listed("a/b/c/d/").size(), 16U);
}

}  // namespace
}  // namespace calve::store
