// Writing to S3 while things go wrong: above all, when it succeeded and the answer was lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "contract/temp_dir.h"
#include "store/s3_env_test.h"
#include "store/s3_upload.h"

namespace calve::store {
namespace {

using Kind = S3Fault::Kind;
constexpr std::string_view kUri = "s3://bucket/x";

S3Options SmallUploads() {
  S3Options options;
  options.multipart_threshold_bytes = 1'000;
  options.upload_part_bytes = 0;
  return options;
}

TEST(S3Write, WhatIsSentIsChecked) {
  S3TestEnv env;
  ASSERT_TRUE(env.store.Put(kUri, "123456789", PutMode::kOverwrite));
  const auto sent = env.s3.Requests("PutObject");
  EXPECT_EQ(*http::FindHeader(sent.at(0).headers, "x-amz-checksum-crc32"), "y/Q5Jg==");
  EXPECT_EQ(http::FindHeader(sent.at(0).headers, "If-None-Match"), nullptr);
}

TEST(S3Write, ALostAnswerOfPutIfAbsentIsOurSuccess) {
  S3TestEnv env;
  env.s3.Fail("PutObject", {.kind = Kind::kLoseAnswer});
  EXPECT_TRUE(env.store.Put(kUri, "mine", PutMode::kIfAbsent));
  EXPECT_EQ(env.s3.Data("x"), "mine");
  EXPECT_EQ(env.s3.Count("PutObject"), 2U);
}

TEST(S3Write, APutIfAbsentThatAProxyRepeatsIsOurSuccess) {
  S3TestEnv env;
  env.s3.Fail("PutObject", {.kind = Kind::kTwice});
  EXPECT_TRUE(env.store.Put(kUri, "mine", PutMode::kIfAbsent));
}

TEST(S3Write, APutIfAbsentThatNeverArrivedLosesToWhoCameBetween) {
  S3TestEnv env;
  env.s3.Fail("PutObject", {.kind = Kind::kLost});
  int puts = 0;
  env.s3.before = [&](const std::string& operation) {
    if (operation == "PutObject" && ++puts == 2) env.s3.Set("x", "theirs");
  };
  EXPECT_EQ(env.store.Put(kUri, "mine", PutMode::kIfAbsent).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(env.s3.Data("x"), "theirs");
}

TEST(S3Write, WhenItCannotBeToldWhoseStandsItIsNotKnown) {
  S3TestEnv env;
  env.s3.Fail("PutObject", {.kind = Kind::kLoseAnswer});
  for (int i = 0; i < 10; ++i)
    env.s3.Fail("HeadObject", {.kind = Kind::kRefuse, .status = 403, .code = "AccessDenied"});
  EXPECT_EQ(env.store.Put(kUri, "mine", PutMode::kIfAbsent).error().kind, ErrorKind::kUnavailable);
}

TEST(S3Write, AnswersThatStayLostAreNotKnown) {
  S3TestEnv env;
  for (int i = 0; i < 20; ++i) env.s3.Fail("PutObject", {.kind = Kind::kLost});
  EXPECT_EQ(env.store.Put(kUri, "mine", PutMode::kIfAbsent).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(env.s3.Count("PutObject"), 4U);
}

TEST(S3Write, ARefusalBehindALostAnswerIsNotKnown) {
  S3TestEnv env;
  env.s3.Fail("PutObject", {.kind = Kind::kLoseAnswer});
  env.s3.Fail("PutObject", {.kind = Kind::kRefuse, .status = 403, .code = "AccessDenied"});
  EXPECT_EQ(env.store.Put(kUri, "mine", PutMode::kIfAbsent).error().kind, ErrorKind::kUnavailable);
  S3TestEnv refused;
  refused.s3.Fail("PutObject", {.kind = Kind::kRefuse, .status = 403, .code = "AccessDenied"});
  EXPECT_EQ(refused.store.Put(kUri, "mine", PutMode::kIfAbsent).error().kind, ErrorKind::kPermissionDenied);
}

TEST(S3Write, AConflictOfConditionalWritesIsTriedAgain) {
  S3TestEnv env;
  const S3Fault conflict{.kind = Kind::kRefuse, .status = 409, .code = "ConditionalRequestConflict"};
  env.s3.Fail("PutObject", conflict);
  EXPECT_TRUE(env.store.Put(kUri, "mine", PutMode::kIfAbsent));
  S3TestEnv busy;
  for (int i = 0; i < 20; ++i) busy.s3.Fail("PutObject", conflict);
  EXPECT_EQ(busy.store.Put(kUri, "mine", PutMode::kIfAbsent).error().kind, ErrorKind::kUnavailable);
}

class S3UploadTest : public testing::Test {
 protected:
  S3UploadTest() {
    env_.s3.before = [this](const std::string& operation) {
      if (before_) before_(operation);
    };
  }
  Status Upload(PutMode mode) { return env_.store.PutFile(kUri, path_, mode); }
  bool FileIsThere() const { return std::filesystem::exists(path_); }

  TempDir dir_;
  const std::string data_ = std::string(5U << 20U, 'a') + std::string(5U << 20U, 'b') + "c";
  const std::string path_ = dir_.Write("large", data_);
  std::function<void(const std::string&)> before_;
  S3TestEnv env_{SmallUploads()};
};

TEST_F(S3UploadTest, PartsBecomeOneObject) {
  const Status put = Upload(PutMode::kIfAbsent);
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_TRUE(env_.s3.Data("x") == data_);
  EXPECT_EQ(env_.s3.Count("UploadPart"), 3U);
  EXPECT_EQ(env_.s3.uploads(), 0U);
  EXPECT_FALSE(FileIsThere());
}

TEST_F(S3UploadTest, PartsAreSentAgain) {
  env_.s3.Fail("UploadPart", {.kind = Kind::kRefuse});
  env_.s3.Fail("UploadPart", {.kind = Kind::kLoseAnswer});
  env_.s3.Fail("UploadPart", {.kind = Kind::kLost});
  EXPECT_TRUE(Upload(PutMode::kOverwrite));
  EXPECT_TRUE(env_.s3.Data("x") == data_);
}

TEST_F(S3UploadTest, WhatFailsIsAborted) {
  env_.s3.Fail("UploadPart", {.kind = Kind::kRefuse, .status = 403, .code = "AccessDenied"});
  EXPECT_EQ(Upload(PutMode::kOverwrite).error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(env_.s3.uploads(), 0U);
  EXPECT_FALSE(env_.s3.Data("x"));
  EXPECT_TRUE(FileIsThere());
}

TEST_F(S3UploadTest, ARefusedCompletionIsAborted) {
  env_.s3.Fail("CompleteMultipartUpload", {.kind = Kind::kRefuse, .status = 400, .code = "InvalidPart"});
  EXPECT_EQ(Upload(PutMode::kOverwrite).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(env_.s3.uploads(), 0U);
  EXPECT_TRUE(FileIsThere());
}

TEST_F(S3UploadTest, ALostAnswerOfCompletionIsOurSuccess) {
  for (const PutMode mode : {PutMode::kIfAbsent, PutMode::kOverwrite}) {
    env_.s3.Remove("x");
    dir_.Write("large", data_);
    env_.s3.Fail("CompleteMultipartUpload", {.kind = Kind::kLoseAnswer});
    const Status put = Upload(mode);
    EXPECT_TRUE(put) << put.error().message;
    EXPECT_TRUE(env_.s3.Data("x") == data_);
    EXPECT_FALSE(FileIsThere());
  }
}

TEST_F(S3UploadTest, AnErrorBehindA200IsAnError) {
  env_.s3.Fail("CompleteMultipartUpload", {.kind = Kind::kError200, .code = "InternalError"});
  EXPECT_TRUE(Upload(PutMode::kOverwrite));
  dir_.Write("large", data_);
  env_.s3.Remove("x");
  for (int i = 0; i < 20; ++i) env_.s3.Fail("CompleteMultipartUpload", {.kind = Kind::kError200, .code = "SlowDown"});
  EXPECT_EQ(Upload(PutMode::kOverwrite).error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(env_.s3.Data("x"));
  EXPECT_EQ(env_.s3.uploads(), 0U);
  EXPECT_TRUE(FileIsThere());
}

TEST_F(S3UploadTest, WhatIsThereAtCompletionStands) {
  before_ = [this](const std::string& operation) {
    if (operation == "CompleteMultipartUpload") env_.s3.Set("x", "theirs");
  };
  EXPECT_EQ(Upload(PutMode::kIfAbsent).error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(env_.s3.Data("x"), "theirs");
  EXPECT_EQ(env_.s3.uploads(), 0U);
  EXPECT_TRUE(FileIsThere());
}

TEST_F(S3UploadTest, AConflictAtCompletionIsNotKnownToHaveWon) {
  env_.s3.Fail("CompleteMultipartUpload", {.kind = Kind::kRefuse, .status = 409, .code = "ConditionalRequestConflict"});
  EXPECT_EQ(Upload(PutMode::kIfAbsent).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(env_.s3.uploads(), 0U);
}

TEST_F(S3UploadTest, AnUploadThatVanishedIsNoSuccess) {
  env_.s3.Fail("CompleteMultipartUpload", {.kind = Kind::kRefuse, .status = 404, .code = "NoSuchUpload"});
  env_.s3.Set("x", "an older one");
  EXPECT_EQ(Upload(PutMode::kOverwrite).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(env_.s3.Data("x"), "an older one");
}

TEST(S3Upload, PartsAreFewEnoughAndLargeEnough) {
  constexpr uint64_t kMiB = uint64_t{1} << 20U;
  EXPECT_EQ(UploadPartBytes(1, 0), 5 * kMiB);
  EXPECT_EQ(UploadPartBytes(100 * kMiB, 16 * kMiB), 16 * kMiB);
  const uint64_t five_tib = 5 * kMiB * kMiB;
  EXPECT_LE((five_tib + UploadPartBytes(five_tib, 16 * kMiB) - 1) / UploadPartBytes(five_tib, 16 * kMiB), 10'000U);
}

TEST(S3Delete, BatchesHoldAThousand) {
  S3TestEnv env;
  std::vector<std::string> uris;
  for (int i = 0; i < 2'001; ++i) {
    uris.push_back(fmt::format("s3://bucket/<{}>&", i));
    env.s3.Set(fmt::format("<{}>&", i), "");
  }
  const Status gone = env.store.Delete(uris);
  ASSERT_TRUE(gone) << gone.error().message;
  EXPECT_EQ(env.s3.Count("DeleteObjects"), 3U);
  EXPECT_TRUE(env.store.List("s3://bucket/")->empty());
}

TEST(S3Delete, OneRefusedKeyDoesNotKeepTheOthers) {
  S3TestEnv env;
  for (const char* key : {"a", "b", "c"}) env.s3.Set(key, "");
  env.s3.Fail("delete:b", {.code = "AccessDenied"});
  env.s3.Fail("delete:c", {.code = "SlowDown"});
  const std::vector<std::string> uris{"s3://bucket/a", "s3://bucket/b", "s3://bucket/c"};
  const Status status = env.store.Delete(uris);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(status.error().message, testing::HasSubstr("s3://bucket/b"));
  EXPECT_FALSE(env.s3.Data("a"));
  EXPECT_TRUE(env.s3.Data("b"));
  EXPECT_FALSE(env.s3.Data("c")) << "what may pass is tried again";
}

TEST(S3Delete, KeysThatXmlCannotHoldAreDeletedOneByOne) {
  S3TestEnv env;
  env.s3.Set("tab\tand\x01", "");
  env.s3.Set("plain", "");
  const std::vector<std::string> uris{"s3://bucket/tab\tand\x01", "s3://bucket/plain"};
  EXPECT_TRUE(env.store.Delete(uris));
  EXPECT_FALSE(env.s3.Data("tab\tand\x01"));
  EXPECT_FALSE(env.s3.Data("plain"));
}

TEST(S3List, PagesAreJoinedAndPrefixesCountedOnce) {
  S3TestEnv env;
  env.s3.page_keys = 2;
  for (const char* key : {"a/1", "a/2", "a/3", "b", "c/", "c/x", "d/../e", "/lead", "sp ace", "pl+us", "p%20", "ü"}) {
    env.s3.Set(key, "");
  }
  const auto children = env.store.ListChildren("s3a://bucket/");
  ASSERT_TRUE(children) << children.error().message;
  EXPECT_THAT(children->prefixes,
              testing::ElementsAre("s3a://bucket//", "s3a://bucket/a/", "s3a://bucket/c/", "s3a://bucket/d/"));
  EXPECT_EQ(children->objects.size(), 5U);
  const auto all = env.store.List("s3://bucket");
  EXPECT_EQ(all->size(), 11U) << "all but the folder's marker";
  for (const ObjectInfo& object : *all) EXPECT_TRUE(env.store.Head(object.uri)) << object.uri;
}

}  // namespace
}  // namespace calve::store
