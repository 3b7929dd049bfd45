// What every ObjectStore must do (store/object_store.h), as a GoogleTest suite. It assumes nothing beyond the contract:
// no directories, no kinds of version, no order between clients.
//
// To run it on a store: implement StoreEnv, and
//   INSTANTIATE_TEST_SUITE_P(S3, StoreContract,
//                            testing::Values(StoreFactory{"s3", [] { return std::make_unique<S3Env>(); }}));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/temp_dir.h"
#include "store/object_store.h"

namespace calve::store {

/// One store and a place of its own in it, empty at first.
class StoreEnv {
 public:
  virtual ~StoreEnv() = default;
  virtual ObjectStore& store() = 0;
  /// The URI of `name` ("a/b.txt") in this environment's place.
  virtual std::string Uri(std::string_view name) = 0;
};

/// Makes a fresh environment for each test; the name is for the test's report.
struct StoreFactory {
  std::string name;
  std::function<std::unique_ptr<StoreEnv>()> make;
  friend void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }
};

class StoreContract : public testing::TestWithParam<StoreFactory> {
 protected:
  ObjectStore& store() { return env_->store(); }
  std::string Uri(std::string_view name) { return env_->Uri(name); }

  std::string Content(std::string_view name) {
    const Result<std::string> data = ReadAll(store(), Uri(name));
    return data ? *data : "error: " + data.error().message;
  }

  static Result<std::string> Drain(ByteStream& stream, size_t step) {
    std::string data;
    std::string buffer(step, '\0');
    for (;;) {
      CALVE_ASSIGN_OR_RETURN(const size_t n, stream.Read(std::as_writable_bytes(std::span(buffer))));
      if (n == 0) return data;
      data.append(buffer, 0, n);
    }
  }

  Result<std::string> ReadRange(std::string_view name, const OpenOptions& options, size_t step = 7) {
    CALVE_ASSIGN_OR_RETURN(const std::unique_ptr<ByteStream> stream, store().Open(Uri(name), options));
    return Drain(*stream, step);
  }

  std::vector<std::string> Names(std::string_view prefix) {
    const auto objects = store().List(Uri(prefix));
    if (!objects) return {"error: " + objects.error().message};
    std::vector<std::string> names;
    const std::string root = Uri("");
    for (const ObjectInfo& object : *objects) {
      EXPECT_TRUE(object.uri.starts_with(root)) << object.uri;
      names.push_back(object.uri.substr(root.size()));
    }
    return names;
  }

  void MustPut(std::string_view name, std::string_view data) {
    const Status status = store().Put(Uri(name), data, PutMode::kOverwrite);
    ASSERT_TRUE(status) << status.error().message;
  }

  TempDir scratch_;
  std::unique_ptr<StoreEnv> env_ = GetParam().make();
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

TEST_P(StoreContract, WhatIsPutIsRead) {
  const std::string bytes("a\0b\r\n\xff\xfe", 7);
  MustPut("x.bin", bytes);
  EXPECT_EQ(Content("x.bin"), bytes);
  const auto info = store().Head(Uri("x.bin"));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->uri, Uri("x.bin"));
  EXPECT_EQ(info->size_bytes, bytes.size());
  EXPECT_FALSE(info->version.empty());
}

TEST_P(StoreContract, AnEmptyObjectIsAnObject) {
  MustPut("empty", "");
  EXPECT_EQ(store().Head(Uri("empty"))->size_bytes, 0U);
  EXPECT_EQ(Content("empty"), "");
  EXPECT_THAT(Names(""), testing::ElementsAre("empty"));
}

TEST_P(StoreContract, OddNamesAreNames) {
  for (const std::string name : {"with space.csv", "per%20cent.csv", "h#sh.csv", "qu?ry.csv", "star*.csv", "ünï.csv",
                                 "plus+&=.csv", ".hidden", "k=v/day=2026-01-01/part.parquet"}) {
    MustPut(name, name);
    EXPECT_EQ(Content(name), name);
    EXPECT_EQ(store().Head(Uri(name))->uri, Uri(name));
    EXPECT_THAT(Names(name), testing::ElementsAre(name));
  }
}

TEST_P(StoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(store().Head(Uri("no/such")).error().kind, ErrorKind::kNotFound);
  const auto stream = store().Open(Uri("no/such"), {});
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(stream.error().message, testing::HasSubstr("no/such"));
}

TEST_P(StoreContract, AFolderIsNoObject) {
  MustPut("folder/x", "x");
  const auto info = store().Head(Uri("folder"));
  ASSERT_FALSE(info);
  EXPECT_THAT(info.error().kind, testing::AnyOf(ErrorKind::kNotFound, ErrorKind::kInvalidArgument));
  EXPECT_FALSE(store().Open(Uri("folder"), {}));
  EXPECT_FALSE(store().Put(Uri("folder/"), "x", PutMode::kOverwrite));
}

TEST_P(StoreContract, EveryRangeIsExact) {
  const std::string data = "0123456789abcdef";
  MustPut("r", data);
  for (uint64_t offset = 0; offset <= data.size() + 1; ++offset) {
    const std::string tail = offset <= data.size() ? data.substr(offset) : "";
    EXPECT_EQ(*ReadRange("r", {.offset_bytes = offset, .length_bytes = {}, .if_version = {}}), tail);
    for (uint64_t length = 0; length <= data.size() + 1; ++length) {
      const auto read =
          ReadRange("r", {.offset_bytes = offset, .length_bytes = length, .if_version = {}}, 1 + length % 5);
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, tail.substr(0, length)) << offset << "+" << length;
    }
  }
}

TEST_P(StoreContract, AStreamKnowsTheWholeSize) {
  MustPut("r", std::string(5000, 'x'));
  const auto stream = store().Open(Uri("r"), {.offset_bytes = 100, .length_bytes = 10, .if_version = {}});
  ASSERT_TRUE(stream);
  EXPECT_EQ((*stream)->object_size_bytes(), 5000U);
}

TEST_P(StoreContract, LargeObjectsComeWhole) {
  std::string data(3'000'001, '\0');
  uint32_t x = 1;
  for (char& c : data) c = static_cast<char>((x = x * 1664525U + 1013904223U) >> 24U);
  MustPut("large", data);
  EXPECT_TRUE(*ReadRange("large", {}, 65536) == data);
  EXPECT_TRUE(*ReadRange("large", {.offset_bytes = 1'234'567, .length_bytes = 1'000'000, .if_version = {}}, 4093) ==
              data.substr(1'234'567, 1'000'000));
}

TEST_P(StoreContract, OverwriteReplacesAndChangesTheVersion) {
  MustPut("v", "one");
  const std::string first = store().Head(Uri("v"))->version;
  EXPECT_EQ(store().Head(Uri("v"))->version, first);
  MustPut("v", "two");
  EXPECT_EQ(Content("v"), "two");
  EXPECT_NE(store().Head(Uri("v"))->version, first);
}

TEST_P(StoreContract, IfVersionHolds) {
  MustPut("v", "one");
  const std::string first = store().Head(Uri("v"))->version;
  EXPECT_EQ(*ReadRange("v", {.offset_bytes = 1, .length_bytes = {}, .if_version = first}), "ne");
  MustPut("v", "two");
  const auto stale = ReadRange("v", {.offset_bytes = 0, .length_bytes = {}, .if_version = first});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind, ErrorKind::kConflict);
}

TEST_P(StoreContract, AStreamNeverMixesVersions) {
  MustPut("v", std::string(100'000, '1'));
  const std::string first = store().Head(Uri("v"))->version;
  const auto stream = store().Open(Uri("v"), {.offset_bytes = 0, .length_bytes = {}, .if_version = first});
  ASSERT_TRUE(stream);
  std::string start(10, '\0');
  ASSERT_TRUE((*stream)->Read(std::as_writable_bytes(std::span(start))));
  MustPut("v", std::string(100'000, '2'));
  const auto rest = Drain(**stream, 1000);
  if (rest) {
    EXPECT_EQ(rest->find('2'), std::string::npos);  // The old version to its end is right, too.
  } else {
    EXPECT_EQ(rest.error().kind, ErrorKind::kConflict);
  }
}

TEST_P(StoreContract, PutIfAbsentLosesToWhatIsThere) {
  ASSERT_TRUE(store().Put(Uri("deep/er/plan"), "mine", PutMode::kIfAbsent));
  const Status lost = store().Put(Uri("deep/er/plan"), "theirs", PutMode::kIfAbsent);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(Content("deep/er/plan"), "mine");
}

TEST_P(StoreContract, OfSixteenWritersOneWins) {
  constexpr int kWriters = 16;
  for (int round = 0; round < 5; ++round) {
    const std::string name = "race/" + std::to_string(round);
    std::atomic<int> winners = 0;
    std::atomic<int> winner = -1;
    std::atomic<int> losers = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kWriters; ++i) {
        threads.emplace_back([&, i] {
          const Status status = store().Put(Uri(name), "writer " + std::to_string(i), PutMode::kIfAbsent);
          if (status) {
            ++winners;
            winner = i;
          } else if (status.error().kind == ErrorKind::kAlreadyExists) {
            ++losers;
          }
        });
      }
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, kWriters - 1);
    EXPECT_EQ(Content(name), "writer " + std::to_string(winner));
  }
}

TEST_P(StoreContract, ReadersSeeWholeObjectsOnly) {
  constexpr size_t kSize = 200'000;
  MustPut("whole", std::string(kSize, 'a'));
  std::jthread writer([&](const std::stop_token& stop) {  // Stopped by a failed assertion, too.
    for (char c = 'a'; !stop.stop_requested(); c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
      (void)store().Put(Uri("whole"), std::string(kSize, c), PutMode::kOverwrite);
    }
  });
  for (int i = 0; i < 30; ++i) {
    const auto data = ReadAll(store(), Uri("whole"));
    ASSERT_TRUE(data) << data.error().message;
    ASSERT_EQ(data->size(), kSize);
    EXPECT_EQ(data->find_first_not_of(data->front()), std::string::npos);
  }
}

TEST_P(StoreContract, PutFileConsumesTheFile) {
  const std::string path = scratch_.Write("out.parquet", "PAR1 data");
  const Status status = store().PutFile(Uri("t/data/1.parquet"), path, PutMode::kOverwrite);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(Content("t/data/1.parquet"), "PAR1 data");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_P(StoreContract, PutFileThatLosesLeavesTheFile) {
  MustPut("taken", "first");
  const std::string path = scratch_.Write("out", "second");
  const Status lost = store().PutFile(Uri("taken"), path, PutMode::kIfAbsent);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(Content("taken"), "first");
  EXPECT_TRUE(store().PutFile(Uri("taken"), path, PutMode::kOverwrite));
  EXPECT_EQ(Content("taken"), "second");
}

TEST_P(StoreContract, PutFileOfNothingIsNotFound) {
  const Status status = store().PutFile(Uri("x"), scratch_ / "absent", PutMode::kOverwrite);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(Names("").empty());
}

TEST_P(StoreContract, ListIsRecursiveSortedAndByPrefix) {
  for (const std::string name : {"b/2", "b/1", "a", "b", "bb/x/y/z", "b-", "c/0"}) {
    // A name that is a folder too: not every store can hold both.
    if (name != "b") MustPut(name, "12345");
  }
  EXPECT_THAT(Names(""), testing::ElementsAre("a", "b-", "b/1", "b/2", "bb/x/y/z", "c/0"));
  EXPECT_THAT(Names("b"), testing::ElementsAre("b-", "b/1", "b/2", "bb/x/y/z"));
  EXPECT_THAT(Names("b/"), testing::ElementsAre("b/1", "b/2"));
  EXPECT_THAT(Names("bb/x/"), testing::ElementsAre("bb/x/y/z"));
  EXPECT_THAT(Names("b/1"), testing::ElementsAre("b/1"));
  EXPECT_TRUE(Names("absent/").empty());
  EXPECT_TRUE(Names("a/").empty());
  const auto objects = store().List(Uri("b/1"));
  EXPECT_EQ(objects->front().size_bytes, 5U);
  EXPECT_EQ(objects->front().version, "");
}

TEST_P(StoreContract, ListIsComplete) {
  std::vector<std::string> expected;
  for (int i = 0; i < 1100; ++i) {  // More than a page of S3's.
    expected.push_back("many/" + std::to_string(10'000 + i));
  }
  std::atomic<size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (size_t i = next++; i < expected.size(); i = next++) {
          EXPECT_TRUE(store().Put(Uri(expected[i]), "", PutMode::kIfAbsent));
        }
      });
    }
  }
  EXPECT_EQ(Names("many/"), expected);
}

TEST_P(StoreContract, ListChildrenStopsAtTheNextSlash) {
  for (const std::string name : {"d/b/2", "d/b/1/x", "d/a", "d/b-", "d/bb/x/y", "e"}) MustPut(name, "1");
  const auto level = [&](std::string_view prefix) {
    const auto children = store().ListChildren(Uri(prefix));
    std::vector<std::string> names;
    if (!children) return std::vector<std::string>{"error: " + children.error().message};
    for (const ObjectInfo& object : children->objects) names.push_back(object.uri.substr(Uri("").size()));
    names.emplace_back("|");
    for (const std::string& name : children->prefixes) names.push_back(name.substr(Uri("").size()));
    return names;
  };
  EXPECT_THAT(level("d/"), testing::ElementsAre("d/a", "d/b-", "|", "d/b/", "d/bb/"));
  EXPECT_THAT(level("d/b"), testing::ElementsAre("d/b-", "|", "d/b/", "d/bb/"));
  EXPECT_THAT(level("d/b/"), testing::ElementsAre("d/b/2", "|", "d/b/1/"));
  EXPECT_THAT(level("absent/"), testing::ElementsAre("|"));
}

TEST_P(StoreContract, DeleteIsIdempotent) {
  MustPut("gone/1", "1");
  MustPut("gone/2", "2");
  MustPut("gone/3", "3");
  const std::vector<std::string> uris{Uri("gone/1"), Uri("gone/never"), Uri("gone/3")};
  const Status first = store().Delete(uris);
  EXPECT_TRUE(first) << first.error().message;
  EXPECT_TRUE(store().Delete(uris));
  EXPECT_TRUE(store().Delete({}));
  EXPECT_THAT(Names("gone/"), testing::ElementsAre("gone/2"));
  EXPECT_TRUE(store().Put(Uri("gone/1"), "again", PutMode::kIfAbsent));
}

TEST_P(StoreContract, ReadAllHoldsItsLimit) {
  MustPut("big", std::string(1001, 'x'));
  EXPECT_EQ(ReadAll(store(), Uri("big"), 1001)->size(), 1001U);
  EXPECT_EQ(ReadAll(store(), Uri("big"), 1000).error().kind, ErrorKind::kCorrupt);
}

}  // namespace calve::store
