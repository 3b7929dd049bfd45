// Reading from S3 while things go wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "store/s3_env_test.h"

namespace calve::store {
namespace {

using Kind = S3Fault::Kind;

std::string Bytes(size_t count) {
  std::string data(count, '\0');
  uint32_t x = 1;
  for (char& c : data) c = static_cast<char>((x = x * 1664525U + 1013904223U) >> 24U);
  return data;
}

S3Options Parts(uint64_t bytes, int count) {
  S3Options options;
  options.read_part_bytes = bytes;
  options.read_parts = count;
  return options;
}

Result<std::string> Drain(ByteStream& stream, size_t step = 777) {
  std::string data;
  std::string buffer(step, '\0');
  for (;;) {
    CALVE_ASSIGN_OR_RETURN(const size_t n, stream.Read(std::as_writable_bytes(std::span(buffer))));
    if (n == 0) return data;
    data.append(buffer, 0, n);
  }
}

Result<std::string> ReadFrom(S3TestEnv& env, const OpenOptions& options = {}) {
  CALVE_ASSIGN_OR_RETURN(const auto stream, env.store.Open("s3://bucket/x", options));
  return Drain(*stream);
}

TEST(S3Read, ASmallReadIsOneGet) {
  S3TestEnv env;
  env.s3.Set("x", Bytes(100'000));
  EXPECT_TRUE(*ReadAll(env.store, "s3://bucket/x") == Bytes(100'000));
  EXPECT_EQ(ReadFrom(env, {.offset_bytes = 10, .length_bytes = 100, .if_version = {}})->size(), 100U);
  const auto sent = env.s3.Requests("GetObject");
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(*http::FindHeader(sent[1].headers, "Range"), "bytes=10-109");
  EXPECT_EQ(env.s3.Count("HeadObject"), 0U);
}

TEST(S3Read, TheSecondPartIsNotFetchedBeforeItIsNear) {
  S3TestEnv env(Parts(10'000, 4));
  env.s3.Set("x", Bytes(100'000));
  const auto stream = env.store.Open("s3://bucket/x", {});
  ASSERT_TRUE(stream);
  std::string buffer(4'000, '\0');
  ASSERT_TRUE((*stream)->Read(std::as_writable_bytes(std::span(buffer))));
  EXPECT_EQ(env.s3.Count("GetObject"), 1U);
  EXPECT_TRUE(*Drain(**stream) == Bytes(100'000).substr(4'000));
  EXPECT_EQ(env.s3.Count("GetObject"), 10U);
}

TEST(S3Read, NoMoreThanTheWindowIsFetchedAhead) {
  S3TestEnv env(Parts(10'000, 4));
  env.s3.Set("x", Bytes(200'000));
  {
    const auto stream = env.store.Open("s3://bucket/x", {});
    std::string buffer(10'001, '\0');
    for (int i = 0; i < 2; ++i) ASSERT_TRUE((*stream)->Read(std::as_writable_bytes(std::span(buffer))));
    // The destructor waits for the threads: what they have sent by then is all they send.
  }
  EXPECT_LE(env.s3.Count("GetObject"), 5U);  // The first, the one being read, three ahead.
}

TEST(S3Read, WhatIsExpectedBoundsWhatIsFetchedAhead) {
  S3TestEnv env(Parts(10'000, 4));
  env.s3.Set("x", Bytes(200'000));
  OpenOptions options;
  options.expected_bytes = 25'000;
  {
    const auto stream = env.store.Open("s3://bucket/x", options);
    std::string buffer(100, '\0');
    for (int i = 0; i < 245; ++i) ASSERT_TRUE((*stream)->Read(std::as_writable_bytes(std::span(buffer))));
  }
  EXPECT_EQ(env.s3.Count("GetObject"), 3U);
  EXPECT_TRUE(*ReadFrom(env, options) == Bytes(200'000));  // A hint is no limit.
}

TEST(S3Read, EveryLengthAndPartIsExact) {
  const std::string data = Bytes(1'000);
  for (const uint64_t part : {1U, 7U, 99U, 100U, 333U, 999U, 1000U, 1001U}) {
    S3TestEnv env(Parts(part, 3));
    env.s3.Set("x", data);
    for (const uint64_t offset : {0U, 1U, 500U, 999U, 1000U, 1001U}) {
      const std::string tail = offset < data.size() ? data.substr(offset) : "";
      OpenOptions options{.offset_bytes = offset, .length_bytes = {}, .if_version = {}};
      EXPECT_EQ(*ReadFrom(env, options), tail) << part << " " << offset;
      for (const uint64_t length : {0U, 1U, 98U, 500U, 2000U}) {
        options.length_bytes = length;
        options.expected_bytes = length / 2;
        EXPECT_EQ(*ReadFrom(env, options), tail.substr(0, length)) << part << " " << offset << " " << length;
      }
    }
  }
}

TEST(S3Read, ABrokenConnectionIsTakenUpWhereItBroke) {
  S3TestEnv env(Parts(10'000, 1));
  env.s3.Set("x", Bytes(20'000));
  const auto stream = env.store.Open("s3://bucket/x", {});
  ASSERT_TRUE(stream);
  env.s3.Fail("GetObject", {.kind = Kind::kBreak, .bytes = 3'456});
  env.s3.Fail("GetObject", {.kind = Kind::kBreak, .bytes = 1'000});
  EXPECT_TRUE(*Drain(**stream) == Bytes(20'000));
  const auto sent = env.s3.Requests("GetObject");
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(*http::FindHeader(sent[1].headers, "Range"), "bytes=10000-19999");
  EXPECT_EQ(*http::FindHeader(sent[2].headers, "Range"), "bytes=13456-19999");
  EXPECT_EQ(*http::FindHeader(sent[3].headers, "Range"), "bytes=14456-19999");
  EXPECT_NE(http::FindHeader(sent[3].headers, "If-Match"), nullptr);
}

TEST(S3Read, ConnectionsThatBreakAtEveryByteLoseNothing) {
  const std::string data = Bytes(40);
  for (size_t at = 0; at <= data.size(); ++at) {
    S3TestEnv env(Parts(16, 2));
    env.s3.Set("x", data);
    for (int i = 0; i < 2; ++i) env.s3.Fail("GetObject", {.kind = Kind::kBreak, .bytes = at});
    const auto read = ReadFrom(env);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(*read == data) << at;
  }
}

TEST(S3Read, AServerThatAlwaysBreaksIsGivenUp) {
  S3TestEnv env;
  env.s3.Set("x", Bytes(5'000));
  for (int i = 0; i < 100; ++i) env.s3.Fail("GetObject", {.kind = Kind::kBreak, .bytes = 1'000});
  const auto read = ReadFrom(env);  // Nothing is known of the version yet, so nothing of it can be kept.
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(env.s3.Count("GetObject"), 4U);
}

TEST(S3Read, ThrottlingPasses) {
  S3TestEnv env(Parts(1'000, 3));
  env.s3.Set("x", Bytes(10'000));
  for (int i = 0; i < 3; ++i) env.s3.Fail("GetObject", {.kind = Kind::kRefuse});
  env.s3.Fail("GetObject", {.kind = Kind::kRefuse, .status = 500, .code = "InternalError"});
  env.s3.Fail("GetObject", {.kind = Kind::kLost});
  EXPECT_TRUE(*ReadFrom(env) == Bytes(10'000));
  EXPECT_GT(env.clock.slept_ms(), 0);
}

TEST(S3Read, ASourceOverwrittenWhileItIsReadIsAConflict) {
  for (const bool by_version : {false, true}) {
    for (const bool removed : {false, true}) {
      S3TestEnv env(Parts(1'000, 2));
      env.s3.Set("x", std::string(10'000, '1'));
      OpenOptions options;
      if (by_version) options.if_version = env.store.Head("s3://bucket/x")->version;
      const auto stream = env.store.Open("s3://bucket/x", options);
      ASSERT_TRUE(stream);
      if (removed) {
        env.s3.Remove("x");
      } else {
        env.s3.Set("x", std::string(10'000, '2'));
      }
      const auto rest = Drain(**stream);
      ASSERT_FALSE(rest);
      EXPECT_EQ(rest.error().kind, ErrorKind::kConflict) << rest.error().message;
      std::string buffer(10, '\0');
      EXPECT_FALSE((*stream)->Read(std::as_writable_bytes(std::span(buffer)))) << "it goes on behind an error";
    }
  }
}

TEST(S3Read, OverwrittenBetweenABreakAndTakingItUpIsAConflict) {
  S3TestEnv env(Parts(1'000, 1));
  env.s3.Set("x", std::string(2'000, '1'));
  const auto stream = env.store.Open("s3://bucket/x", {});
  ASSERT_TRUE(stream);
  env.s3.Fail("GetObject", {.kind = Kind::kBreak, .bytes = 500});
  std::atomic<int> gets = 0;
  env.s3.before = [&](const std::string& operation) {
    if (operation == "GetObject" && ++gets == 2) env.s3.Set("x", std::string(2'000, '2'));
  };
  const auto rest = Drain(**stream);
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().kind, ErrorKind::kConflict);
}

TEST(S3Read, OverwrittenWhileTheFirstReadIsRepeatedIsOneContent) {
  S3TestEnv env;
  env.s3.Set("x", std::string(2'000, '1'));
  env.s3.Fail("GetObject", {.kind = Kind::kBreak, .bytes = 500});
  std::atomic<int> gets = 0;
  env.s3.before = [&](const std::string& operation) {
    if (operation == "GetObject" && ++gets == 2) env.s3.Set("x", std::string(1'500, '2'));
  };
  EXPECT_EQ(*ReadFrom(env), std::string(1'500, '2'));
}

TEST(S3Read, AVersionIdIsReadToItsEnd) {
  S3TestEnv env(Parts(1'000, 2));
  env.s3.versioning = true;
  env.s3.Set("x", std::string(5'000, '1'));
  const auto info = env.store.Head("s3://bucket/x");
  EXPECT_EQ(info->version, "version.1");
  env.s3.Set("x", std::string(5'000, '2'));
  EXPECT_EQ(*ReadFrom(env, {.offset_bytes = 0, .length_bytes = {}, .if_version = info->version}),
            std::string(5'000, '1'));
  const auto gone = ReadFrom(env, {.offset_bytes = 0, .length_bytes = {}, .if_version = "version.77"});
  EXPECT_EQ(gone.error().kind, ErrorKind::kConflict);
}

TEST(S3Read, HeadTellsWhatIsThere) {
  S3TestEnv env;
  env.s3.Set("x", "12345");
  env.s3.Set("folder/y", "1");
  const auto info = env.store.Head("s3a://bucket/x");
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->uri, "s3a://bucket/x");
  EXPECT_EQ(info->size_bytes, 5U);
  EXPECT_EQ(info->version.size(), 32U);
  EXPECT_EQ(info->modified_ms, 1767225600000);
  const auto folder = env.store.Head("s3://bucket/folder");
  EXPECT_EQ(folder.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(folder.error().message, testing::HasSubstr("is a folder"));

  env.s3.Fail("ListObjectsV2", {.kind = S3Fault::Kind::kRefuse, .status = 404, .code = "NoSuchBucket"});
  const auto bucket = env.store.Head("s3://bucket/nothing");
  EXPECT_EQ(bucket.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(bucket.error().message, testing::HasSubstr("NoSuchBucket"));
  EXPECT_EQ(env.store.Head("s3://bucket/absent").error().kind, ErrorKind::kNotFound);
}

TEST(S3Read, AnotherRangeThanAskedForIsNotTaken) {
  class Liar final : public http::Transport {
   public:
    std::expected<http::Response, http::SendError> Send(const http::Request&, const http::BodySink& sink) override {
      (void)sink(std::as_bytes(std::span(std::string_view("01234"))));
      return http::Response{206, {{"ETag", "\"e\""}, {"Content-Range", "bytes 0-4/100"}}, ""};
    }
  };
  Liar liar;
  S3TestEnv env;
  aws::Client client(liar, *env.credentials, env.clock, env.rng, {});
  S3Store store(client, env.clock, env.rng, S3TestEnv::Local({}));
  const auto stream = store.Open("s3://bucket/x", {.offset_bytes = 5, .length_bytes = 5, .if_version = {}});
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::kCorrupt);
}

TEST(S3Read, CancellingEndsARead) {
  CancelToken cancel;
  S3Options options = Parts(1'000, 2);
  options.cancel = &cancel;
  S3TestEnv env(options);
  env.s3.Set("x", Bytes(100'000));
  const auto stream = env.store.Open("s3://bucket/x", {});
  ASSERT_TRUE(stream);
  cancel.Cancel();
  EXPECT_EQ(Drain(**stream).error().kind, ErrorKind::kCancelled);
}

TEST(S3Read, ABucketElsewhereIsAskedThere) {
  S3TestEnv env;
  env.s3.region = "eu-west-1";
  env.s3.Set("x", "content");
  EXPECT_TRUE(env.store.Head("s3://bucket/x"));  // A HEAD is refused without a code.
  EXPECT_EQ(*ReadAll(env.store, "s3://bucket/x"), "content");
  EXPECT_EQ(env.s3.Count("HeadObject"), 2U);
  EXPECT_EQ(env.s3.Count("GetObject"), 1U) << "the region is forgotten";
  S3TestEnv fresh;
  fresh.s3.region = "eu-west-1";
  EXPECT_TRUE(fresh.store.Put("s3://bucket/x", "content", PutMode::kIfAbsent));
}

}  // namespace
}  // namespace calve::store
