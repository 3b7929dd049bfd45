#include "aws/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

namespace calve::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

/// Hands out numbered keys: a new number after each Invalidate.
class CountingCredentials final : public CredentialsProvider {
 public:
  Result<Credentials> Get() override {
    if (!errors.empty()) {
      Error error = errors.back();
      errors.pop_back();
      return std::unexpected(error);
    }
    return Credentials{.access_key_id = "KEY" + std::to_string(generation), .secret_access_key = "SECRET-OF-SECRETS"};
  }
  void Invalidate() override { ++generation; }
  int generation = 0;
  std::vector<Error> errors;
};

class ClientTest : public testing::Test {
 protected:
  Answer<http::Response> Send(const Call& call = {}) { return client.Send(endpoint, "PutObject", call); }
  static std::string Signed(const http::Request& request) {
    return *http::FindHeader(request.headers, "authorization");
  }
  static std::string XmlError(const std::string& code) {
    return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>Because &amp; so</Message></Error>";
  }
  size_t sent() const { return transport.sent().size(); }

  const Endpoint endpoint{"http://127.0.0.1:9000/bucket", "s3", "eu-west-1"};
  http::FakeTransport transport;
  CountingCredentials credentials;
  FakeClock clock;
  SeededRng rng{1};
  Client client{transport, credentials, clock, rng, BackoffPolicy{.max_retries = 3}};
  const Call once{.method = "POST", .attempts = Attempts::kOnce};
};

TEST_F(ClientTest, SendsASignedRequest) {
  transport.Then(200, "ok");
  const auto answer = Send({.method = "PUT",
                            .path = "/a b/../ü+%.csv",
                            .query = {{"partNumber", "1"}, {"uploads", ""}, {"p", "a/b c+"}},
                            .headers = {{"If-None-Match", "*"}},
                            .body = "x",
                            .total_timeout = milliseconds(7),
                            .stall_timeout = milliseconds(8)});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "ok");
  const http::Request request = transport.sent().at(0);
  EXPECT_EQ(request.url, "http://127.0.0.1:9000/bucket/a%20b/../%C3%BC%2B%25.csv?partNumber=1&uploads&p=a%2Fb%20c%2B");
  EXPECT_EQ(*http::FindHeader(request.headers, "Host"), "127.0.0.1:9000");
  EXPECT_EQ(*http::FindHeader(request.headers, "x-amz-date"), "20260101T000000Z");
  EXPECT_THAT(Signed(request), HasSubstr("Credential=KEY0/20260101/eu-west-1/s3/aws4_request, "
                                         "SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date"));
  EXPECT_EQ(request.total_timeout, milliseconds(7));
  EXPECT_EQ(request.stall_timeout, milliseconds(8));
  EXPECT_FALSE(request.fresh_connection);
}

TEST_F(ClientTest, AnUnsignedPayloadIsNotRead) {
  transport.Then(200);
  ASSERT_TRUE(Send({.method = "PUT", .file = http::FileBody{"/no/such/file", 0, 1}, .payload = Payload::kUnsigned})
                  .has_value());
  EXPECT_EQ(*http::FindHeader(transport.sent()[0].headers, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  const auto answer = Send({.method = "PUT", .file = http::FileBody{"/no/such/file", 0, 1}});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kNotFound);
  EXPECT_FALSE(answer.error().may_have_taken_effect);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(ClientTest, NotModifiedIsAnAnswer) {
  transport.Then(304);
  const auto answer = Send();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 304);
}

TEST_F(ClientTest, RefusalsHaveKindCodeTextAndRequestId) {
  struct Case {
    int status;
    std::string body;
    http::Headers headers;
    ErrorKind kind;
    std::string code;
    bool may_have_taken_effect = false;
  };
  using enum ErrorKind;
  const std::vector<Case> cases = {
      {404, XmlError("NoSuchKey"), {}, kNotFound, "NoSuchKey"},
      {404, "", {}, kNotFound, ""},
      {403, XmlError("AccessDenied"), {}, kPermissionDenied, "AccessDenied"},
      {412, XmlError("PreconditionFailed"), {}, kConflict, "PreconditionFailed"},
      {409, XmlError("ConditionalRequestConflict"), {}, kConflict, "ConditionalRequestConflict"},
      {400, XmlError("EntityTooLarge"), {}, kInvalidArgument, "EntityTooLarge"},
      {301, XmlError("PermanentRedirect"), {}, kInvalidArgument, "PermanentRedirect"},
      {501, XmlError("NotImplemented"), {}, kInvalidArgument, "NotImplemented"},
      {400,
       R"({"__type":"com.amazonaws.glue#EntityNotFoundException","Message":"m"})",
       {},
       kNotFound,
       "EntityNotFoundException"},
      {400,
       R"({"__type":"ConcurrentModificationException","message":"m"})",
       {},
       kConflict,
       "ConcurrentModificationException"},
      {400, R"({"__type":"AlreadyExistsException","Message":"m"})", {}, kAlreadyExists, "AlreadyExistsException"},
      {400,
       R"({"message":"m"})",
       {{"x-amzn-ErrorType", "AccessDeniedException:http://internal/"}},
       kPermissionDenied,
       "AccessDeniedException"},
      {400, R"({"code":"ns#ValidationException"})", {}, kInvalidArgument, "ValidationException"},
      {400,
       "{}",
       {{"x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender"}},
       kNotFound,
       "AWS.SimpleQueueService.NonExistentQueue"},
      {400,
       R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist"})",
       {{"x-amzn-query-error", "Other;Sender"}},
       kNotFound,
       "QueueDoesNotExist"},
      {409,
       R"({"error":{"message":"m","type":"CommitFailedException","code":409}})",
       {},
       kConflict,
       "CommitFailedException"},
      {403,
       "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code></Error><RequestId>r</RequestId></"
       "ErrorResponse>",
       {},
       kPermissionDenied,
       "AccessDenied"},
      {400, "not json nor xml", {}, kInvalidArgument, ""},
      {400, "{ not json", {}, kInvalidArgument, ""},
  };
  for (const Case& c : cases) {
    http::FakeTransport other;
    Client asking(other, credentials, clock, rng, BackoffPolicy{.max_retries = 3});
    http::Headers headers = c.headers;
    headers.push_back({"x-amz-request-id", "REQ1"});
    other.Then(c.status, c.body, headers);
    const auto answer = asking.Send(endpoint, "PutObject", {});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().error.kind, c.kind) << c.status << c.body;
    EXPECT_EQ(answer.error().code, c.code) << c.body;
    EXPECT_EQ(answer.error().status, c.status);
    EXPECT_EQ(answer.error().request_id, "REQ1");
    EXPECT_EQ(answer.error().may_have_taken_effect, c.may_have_taken_effect) << c.body;
    EXPECT_THAT(answer.error().error.message, HasSubstr("s3 PutObject"));
    EXPECT_THAT(answer.error().error.message, HasSubstr("REQ1"));
    EXPECT_THAT(answer.error().error.message, Not(HasSubstr("not json")));
    EXPECT_EQ(other.sent().size(), 1U) << "none of these is worth another attempt";
  }
  EXPECT_EQ(clock.slept_ms(), 0);
}

TEST_F(ClientTest, TheMessageHasTheServicesTextButIsBounded) {
  transport.Then(400, XmlError("Odd"));
  EXPECT_EQ(Send().error().error.message, "s3 PutObject: Odd (HTTP 400): Because & so");
  transport.Then(400, "<Error><Message>" + std::string(10'000, 'x') + "</Message></Error>");
  EXPECT_LT(Send().error().error.message.size(), 600U);
}

TEST_F(ClientTest, AWrongRegionIsNamed) {
  transport.Then(301, XmlError("PermanentRedirect"), {{"x-amz-bucket-region", "eu-central-1"}});
  EXPECT_THAT(Send().error().error.message, HasSubstr("eu-central-1"));
}

TEST_F(ClientTest, RetriesWhatMayPass) {
  const std::vector<std::function<void()>> troubles = {
      [&] { transport.Then(500); },
      [&] { transport.Then(503, XmlError("SlowDown")); },
      [&] { transport.Then(429); },
      [&] { transport.Then(502, "<html>"); },
      [&] { transport.Then(400, XmlError("RequestTimeout")); },
      [&] { transport.Then(400, R"({"__type":"ThrottlingException"})"); },
      [&] { transport.Then(400, R"({"__type":"OperationTimeoutException"})"); },
      [&] { transport.ThenLost(true); },
      [&] { transport.ThenLost(false); },
      [&] { credentials.errors = {{ErrorKind::kUnavailable, "sts is down"}}; },
  };
  for (size_t i = 0; i < troubles.size(); ++i) {
    int attempts = 0;
    const int64_t slept = clock.slept_ms();
    troubles[i]();
    transport.Then(200, "fine");
    const auto answer = Send({.on_attempt = [&] { ++attempts; }});
    ASSERT_TRUE(answer.has_value()) << i << answer.error().error.message;
    EXPECT_EQ(attempts, i + 1 == troubles.size() ? 1 : 2);
    EXPECT_GT(clock.slept_ms(), slept) << i;
  }
}

TEST_F(ClientTest, GivesUpAfterTheLastRetry) {
  for (int i = 0; i < 5; ++i) transport.Then(500, XmlError("InternalError"));
  const auto answer = Send();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(answer.error().may_have_taken_effect);
  EXPECT_EQ(sent(), 4U) << "one, and three retries";
}

// Put-if-absent whose answer was lost, and which then meets its own echo.
TEST_F(ClientTest, AnEarlierAttemptMayHaveTakenEffect) {
  transport.ThenLost().Then(412, XmlError("PreconditionFailed"));
  auto answer = Send();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kConflict);
  EXPECT_TRUE(answer.error().may_have_taken_effect);
  transport.ThenLost(false).Then(412, XmlError("PreconditionFailed"));
  answer = Send();
  ASSERT_FALSE(answer.has_value());
  EXPECT_FALSE(answer.error().may_have_taken_effect) << "the first attempt never arrived";
}

TEST_F(ClientTest, RetryAfterIsWaitedForAndMore) {
  transport.Then(503, XmlError("SlowDown"), {{"Retry-After", "7"}}).Then(200);
  ASSERT_TRUE(Send().has_value());
  EXPECT_GT(clock.slept_ms(), 7'000);
  EXPECT_LT(clock.slept_ms(), 8'000);
  const int64_t before = clock.slept_ms();
  transport.Then(503, "", {{"Date", "Thu, 01 Jan 2026 00:00:00 GMT"}, {"Retry-After", "Thu, 01 Jan 2026 00:00:30 GMT"}})
      .Then(200);
  ASSERT_TRUE(Send().has_value());
  EXPECT_GT(clock.slept_ms() - before, 30'000);
  const int64_t then = clock.slept_ms();
  transport.Then(503, "", {{"Retry-After", "999999999999999999"}}).Then(200);
  ASSERT_TRUE(Send().has_value());
  EXPECT_LT(clock.slept_ms() - then, 130'000) << "bounded";
}

TEST_F(ClientTest, TheDeadlineIsNotSleptThrough) {
  transport.Then(503, XmlError("SlowDown"), {{"Retry-After", "60"}});
  const auto answer = Send({.deadline = clock.Monotonic() + seconds(10)});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kDeadlineExceeded);
  EXPECT_EQ(answer.error().code, "SlowDown");
  EXPECT_FALSE(answer.error().may_have_taken_effect);
  EXPECT_EQ(clock.slept_ms(), 0);
}

TEST_F(ClientTest, TheDeadlineBoundsEachAttempt) {
  transport.Then(200);
  ASSERT_TRUE(Send({.total_timeout = milliseconds(0), .deadline = clock.Monotonic() + seconds(2)}).has_value());
  EXPECT_EQ(transport.sent()[0].total_timeout, seconds(2));
  const auto late = Send({.deadline = clock.Monotonic()});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().error.kind, ErrorKind::kDeadlineExceeded);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(ClientTest, CancelEndsTheWaiting) {
  CancelToken cancel;
  transport.Then(503, "", {{"Retry-After", "60"}});
  const auto answer = Send({.on_attempt = [&] { cancel.Cancel(); }, .cancel = &cancel});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kCancelled);
  EXPECT_TRUE(answer.error().may_have_taken_effect);
  EXPECT_EQ(sent(), 1U);
  EXPECT_EQ(transport.sent()[0].cancel, &cancel);
}

TEST_F(ClientTest, ExpiredCredentialsAreRenewedOnce) {
  transport.Then(400, XmlError("ExpiredToken")).Then(200);
  ASSERT_TRUE(Send(once).has_value()) << "a commit, too: it was refused at the door";
  EXPECT_THAT(Signed(transport.sent()[0]), HasSubstr("KEY0/"));
  EXPECT_THAT(Signed(transport.sent()[1]), HasSubstr("KEY1/"));
  EXPECT_EQ(clock.slept_ms(), 0);
  transport.Then(400, R"({"__type":"UnrecognizedClientException"})")
      .Then(400, R"({"__type":"UnrecognizedClientException"})");
  const auto answer = Send();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(sent(), 4U);
}

TEST_F(ClientTest, TheClockIsCorrectedByTheServers) {
  const http::Headers date = {{"Date", "Thu, 01 Jan 2026 01:00:00 GMT"}};
  transport.Then(403, XmlError("RequestTimeTooSkewed"), date).Then(200).Then(200);
  ASSERT_TRUE(Send(once).has_value());
  ASSERT_TRUE(Send().has_value());
  EXPECT_EQ(*http::FindHeader(transport.sent()[1].headers, "x-amz-date"), "20260101T010000Z");
  EXPECT_EQ(*http::FindHeader(transport.sent()[2].headers, "x-amz-date"), "20260101T010000Z") << "kept";
}

TEST_F(ClientTest, ABadSignatureIsSkewOnlyWhenTheDateIsFar) {
  const std::string body = R"({"__type":"InvalidSignatureException","message":"Signature expired"})";
  transport.Then(400, body, {{"Date", "Thu, 01 Jan 2026 00:03:00 GMT"}});
  auto answer = Send();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(sent(), 1U);
  const http::Headers far = {{"Date", "Wed, 31 Dec 2025 20:00:00 GMT"}};
  transport.Then(400, body, far).Then(400, body, far);
  answer = Send();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(sent(), 3U) << "corrected once";
  EXPECT_EQ(*http::FindHeader(transport.sent()[2].headers, "x-amz-date"), "20251231T200000Z");
}

TEST_F(ClientTest, ACommitIsSentOnceUnlessItProvablyDidNothing) {
  const auto attempts_after = [&](const std::function<void(http::FakeTransport&)>& trouble, bool& may_have) {
    http::FakeTransport other;
    Client asking(other, credentials, clock, rng, BackoffPolicy{.max_retries = 3});
    trouble(other);
    other.Then(200);
    const auto answer = asking.Send(endpoint, "UpdateTable", once);
    may_have = !answer.has_value() && answer.error().may_have_taken_effect;
    for (const auto& request : other.sent()) EXPECT_TRUE(request.fresh_connection);
    return other.sent().size();
  };
  bool may_have = false;
  const auto reply = [](int status, const std::string& body) {
    return [=](http::FakeTransport& to) { to.Then(status, body); };
  };
  // Proven: again.
  EXPECT_EQ(attempts_after([](auto& to) { to.ThenLost(false); }, may_have), 2U);
  EXPECT_EQ(attempts_after(reply(400, R"({"__type":"ThrottlingException"})"), may_have), 2U);
  EXPECT_EQ(attempts_after(reply(503, XmlError("SlowDown")), may_have), 2U);
  EXPECT_EQ(attempts_after(reply(429, ""), may_have), 2U);
  EXPECT_EQ(attempts_after(reply(403, XmlError("ExpiredToken")), may_have), 2U);
  // No proof: once, and said so.
  for (const auto& trouble : std::vector<std::function<void(http::FakeTransport&)>>{
           [](auto& to) { to.ThenLost(true); }, reply(500, ""), reply(502, ""), reply(503, ""), reply(504, ""),
           reply(503, XmlError("ServiceUnavailable")), reply(408, ""),
           reply(400, R"({"__type":"OperationTimeoutException"})"),
           reply(500, R"({"__type":"InternalServiceException"})")}) {
    EXPECT_EQ(attempts_after(trouble, may_have), 1U);
    EXPECT_TRUE(may_have);
  }
  // A plain no.
  EXPECT_EQ(attempts_after(reply(400, R"({"__type":"ConcurrentModificationException"})"), may_have), 1U);
  EXPECT_FALSE(may_have);
}

TEST_F(ClientTest, WithoutAKeyNothingIsSigned) {
  const auto anonymous = MakeStaticCredentials({});
  Client asking(transport, *anonymous, clock, rng, {});
  transport.Then(200);
  ASSERT_TRUE(asking.Send(endpoint, "GetObject", {}).has_value());
  EXPECT_EQ(http::FindHeader(transport.sent()[0].headers, "authorization"), nullptr);
}

TEST_F(ClientTest, NoCredentialsIsAnAnswerWithoutARequest) {
  credentials.errors = {{ErrorKind::kPermissionDenied, "no AWS credentials. environment: ..."}};
  const auto answer = Send();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(sent(), 0U);
}

TEST_F(ClientTest, ASecretIsInNoMessage) {
  transport.Then(403, XmlError("SignatureDoesNotMatch"));
  EXPECT_THAT(Send().error().error.message, Not(HasSubstr("SECRET")));
}

TEST_F(ClientTest, TheReceiversStopIsNoReasonToTryAgain) {
  transport.Then(200, "body").Then(200, "body");
  const auto answer = Send({.sink = [](std::span<const std::byte>) { return false; }});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kCancelled);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(ClientTest, JsonCalls) {
  const Endpoint sqs{"http://127.0.0.1:9324", "sqs", "eu-west-1"};
  transport.Then(200, R"({"MessageId":"m"})");
  auto answer = client.SendJson(sqs, "AmazonSQS.SendMessage", "1.0", {{"MessageBody", "ü"}});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ((*answer)["MessageId"], "m");
  const http::Request request = transport.sent()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://127.0.0.1:9324/");
  EXPECT_EQ(request.body, R"({"MessageBody":"ü"})");
  EXPECT_EQ(*http::FindHeader(request.headers, "x-amz-target"), "AmazonSQS.SendMessage");
  EXPECT_EQ(*http::FindHeader(request.headers, "content-type"), "application/x-amz-json-1.0");
  EXPECT_EQ(http::FindHeader(request.headers, "x-amz-content-sha256"), nullptr);

  transport.Then(200, "");
  EXPECT_EQ(*client.SendJson(sqs, "AmazonSQS.DeleteMessage", "1.0", Json::object()), Json::object());
  transport.Then(200, "{\"Mess");
  answer = client.SendJson(sqs, "AmazonSQS.SendMessage", "1.0", Json::object());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kCorrupt);
  EXPECT_TRUE(answer.error().may_have_taken_effect);
  transport.Then(400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"})");
  answer = client.SendJson(sqs, "AmazonSQS.SendMessage", "1.0", Json::object());
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.message, "sqs SendMessage: QueueDoesNotExist (HTTP 400): none");
}

}  // namespace
}  // namespace calve::aws
