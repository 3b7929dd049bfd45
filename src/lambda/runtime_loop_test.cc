#include "lambda/runtime_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/json_log.h"
#include "base/log_context.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

namespace calve::lambda {
namespace {

using http::FakeTransport;
using http::Request;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr char kBase[] = "http://127.0.0.1:9001/2018-06-01/runtime/";

class FunctionHandler final : public Handler {
 public:
  using Function = std::function<Result<std::string>(const Invocation&, const CancelToken&)>;
  explicit FunctionHandler(Function function) : function_(std::move(function)) {}
  Result<std::string> Handle(const Invocation& invocation, const CancelToken& stop) override {
    return function_(invocation, stop);
  }
  std::optional<Error> Unfit() const override { return unfit; }

  std::optional<Error> unfit;

 private:
  Function function_;
};

class RuntimeLoopTest : public testing::Test {
 protected:
  RuntimeLoopTest() {
    spdlog::set_default_logger(MakeJsonLogger(std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }
  ~RuntimeLoopTest() override { spdlog::set_default_logger(before_); }

  RuntimeLoop Loop(RuntimeOptions options = {}) {
    options.api = "127.0.0.1:9001";
    return RuntimeLoop(transport_, clock_, rng_, options);
  }

  http::Headers Head(const std::string& id, milliseconds remaining = std::chrono::seconds(60)) {
    return {{"lambda-runtime-aws-request-id", id},
            {"Lambda-Runtime-Deadline-Ms", std::to_string(ToMillis(clock_.Now()) + remaining.count())},
            {"Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f"},
            {"Lambda-Runtime-Trace-Id", "Root=1-5759;Sampled=1"}};
  }
  void Deliver(const std::string& id, const std::string& payload = "{}") { transport_.Then(200, payload, Head(id)); }

  /// Runs until the handler has been called `calls` times; its answers are `answer`.
  Status RunTimes(int calls, Result<std::string> answer) {
    FunctionHandler handler([&, calls](const Invocation&, const CancelToken&) {
      if (++handled_ >= calls) stop_.Cancel();
      return answer;
    });
    return Loop().Run(handler, stop_);
  }

  Request Sent(size_t i) const { return transport_.sent().at(i); }
  std::string Logged() const { return log_.str(); }

  FakeTransport transport_;
  FakeClock clock_;
  SeededRng rng_{1};
  CancelToken stop_;
  int handled_ = 0;

 private:
  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(RuntimeLoopTest, AnswersOneInvocationAfterTheOther) {
  Deliver("id-1");
  transport_.Then(202);
  Deliver("id-2");
  transport_.Then(202);
  EXPECT_TRUE(RunTimes(2, std::string(R"({"ok":true})")).has_value());
  ASSERT_EQ(transport_.sent().size(), 4U);
  EXPECT_EQ(Sent(0).method, "GET");
  EXPECT_EQ(Sent(0).url, std::string(kBase) + "invocation/next");
  EXPECT_EQ(Sent(0).total_timeout.count(), 0);
  EXPECT_EQ(Sent(0).stall_timeout.count(), 0);
  EXPECT_EQ(Sent(0).cancel, &stop_);
  EXPECT_TRUE(Sent(0).past_proxies) << "http_proxy is for the outside world";
  EXPECT_EQ(Sent(1).method, "POST");
  EXPECT_EQ(Sent(1).url, std::string(kBase) + "invocation/id-1/response");
  EXPECT_EQ(Sent(1).body, R"({"ok":true})");
  EXPECT_TRUE(Sent(1).past_proxies);
  EXPECT_GT(Sent(1).total_timeout.count(), 0);
  EXPECT_EQ(Sent(1).cancel, nullptr) << "a result in hand is posted, whatever happens";
  EXPECT_EQ(Sent(3).url, std::string(kBase) + "invocation/id-2/response");
}

TEST_F(RuntimeLoopTest, TheHandlerSeesEverythingOfTheInvocation) {
  transport_.Then(200, "{\"p\":1}", Head("id-1", std::chrono::seconds(10))).Then(202);
  FunctionHandler handler([&](const Invocation& invocation, const CancelToken& stop) {
    EXPECT_EQ(&stop, &stop_);
    EXPECT_EQ(invocation.request_id, "id-1");
    EXPECT_EQ(invocation.function_arn, "arn:aws:lambda:eu-west-1:123456789012:function:f");
    EXPECT_EQ(invocation.trace_id, "Root=1-5759;Sampled=1");
    EXPECT_EQ(invocation.payload, "{\"p\":1}");
    EXPECT_EQ(invocation.deadline - clock_.Monotonic(), milliseconds(10'000 - 2'000));
    EXPECT_STREQ(std::getenv("_X_AMZN_TRACE_ID"), "Root=1-5759;Sampled=1");
    EXPECT_EQ(CurrentLogContext().request_id, "id-1");
    stop_.Cancel();
    return Result<std::string>("{}");
  });
  EXPECT_TRUE(Loop().Run(handler, stop_).has_value());
  EXPECT_EQ(CurrentLogContext().request_id, "");
}

TEST_F(RuntimeLoopTest, DeadlinesAtTheirEdges) {
  struct Case {
    std::string header;
    std::optional<milliseconds> left;  // nullopt: no deadline.
  };
  const int64_t now = ToMillis(clock_.Now());
  const std::vector<Case> cases{
      {std::to_string(now + 3'000), milliseconds(1'500)},  // A short time keeps its half.
      {std::to_string(now + 1), milliseconds(1)},
      {std::to_string(now), milliseconds(0)},
      {std::to_string(now - 5'000), milliseconds(0)},
      {"-9223372036854775808", milliseconds(0)},
      {"9223372036854775807", std::chrono::hours(24) - std::chrono::seconds(2)},
      {"9223372036854775808", std::nullopt},
      {"soon", std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& c : cases) {
    transport_.Then(200, "{}", {{"Lambda-Runtime-Aws-Request-Id", "x"}, {"Lambda-Runtime-Deadline-Ms", c.header}})
        .Then(202);
    CancelToken stop;
    FunctionHandler handler([&](const Invocation& invocation, const CancelToken&) {
      EXPECT_EQ(invocation.deadline, c.left ? clock_.Monotonic() + *c.left : kNoDeadline) << c.header;
      EXPECT_EQ(std::getenv("_X_AMZN_TRACE_ID"), nullptr) << "no trace: the one before must not stay";
      stop.Cancel();
      return Result<std::string>("{}");
    });
    EXPECT_TRUE(Loop().Run(handler, stop).has_value()) << c.header;
  }
}

TEST_F(RuntimeLoopTest, AHandlersErrorIsPostedAndTheLoopGoesOn) {
  Deliver("id-1");
  transport_.Then(202);
  Deliver("id-2");
  transport_.Then(202);
  EXPECT_TRUE(RunTimes(2, Err(ErrorKind::kBadData, "row \"7\" \xFF of caf\xC3\xA9\n")).has_value());
  EXPECT_EQ(Sent(1).url, std::string(kBase) + "invocation/id-1/error");
  EXPECT_EQ(*http::FindHeader(Sent(1).headers, "Lambda-Runtime-Function-Error-Type"), "Calve.BadData");
  EXPECT_EQ(Sent(1).body,
            "{\"errorMessage\":\"row \\\"7\\\" \xEF\xBF\xBD of "
            "caf\xC3\xA9\\n\",\"errorType\":\"Calve.BadData\",\"stackTrace\":[]}");
  EXPECT_EQ(handled_, 2);
  EXPECT_THAT(Logged(), HasSubstr("id-1"));
}

TEST_F(RuntimeLoopTest, AnUnfitHandlerEndsTheProcessWithItsAnswerPosted) {
  Deliver("id-1");
  transport_.Then(202);
  Deliver("id-2");
  FunctionHandler handler([&](const Invocation&, const CancelToken&) {
    handler.unfit = Error{ErrorKind::kNoSpace, "/tmp is full"};
    return Result<std::string>("answered");
  });
  const Status ended = Loop().Run(handler, stop_);
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().kind, ErrorKind::kNoSpace);
  EXPECT_EQ(Sent(1).body, "answered");
  EXPECT_THAT(Logged(), HasSubstr("/tmp is full"));
  ASSERT_EQ(transport_.sent().size(), 2U) << "no further invocation is asked for";
}

TEST_F(RuntimeLoopTest, PayloadsAndAnswersAreNeverLogged) {
  Deliver("id-1", "{\"k\":\"payload-secret\"}");
  transport_.Then(500, "{\"errorType\":\"InternalServerError\",\"errorMessage\":\"body-secret\"}");
  EXPECT_FALSE(RunTimes(1, std::string("{\"k\":\"answer-secret\"}")).has_value());
  EXPECT_THAT(Logged(), HasSubstr("InternalServerError"));
  EXPECT_THAT(Logged(), Not(HasSubstr("secret")));
}

TEST_F(RuntimeLoopTest, AResultIsPostedAgainUntilItArrives) {
  Deliver("id-1");
  transport_.ThenLost(false).ThenLost(false).Then(202);
  EXPECT_TRUE(RunTimes(1, std::string("{}")).has_value());
  ASSERT_EQ(transport_.sent().size(), 4U);
  EXPECT_EQ(Sent(1).body, Sent(3).body);
  EXPECT_GT(clock_.slept_ms(), 0);
}

TEST_F(RuntimeLoopTest, APostedResultWhoseAnswerWasLostCountsAsPosted) {
  for (const std::string type : {"InvalidRequestID", "InvalidStateTransition"}) {
    Deliver("id-1");
    transport_.ThenLost(true).Then(type == "InvalidRequestID" ? 400 : 403, "{\"errorType\":\"" + type + "\"}");
    CancelToken stop;
    FunctionHandler handler([&](const Invocation&, const CancelToken&) {
      stop.Cancel();
      return Result<std::string>("{}");
    });
    EXPECT_TRUE(Loop().Run(handler, stop).has_value()) << type;
  }
}

TEST_F(RuntimeLoopTest, TheSameRefusalWithoutALostAnswerIsAFailure) {
  Deliver("id-1");
  transport_.ThenLost(false).Then(400, R"({"errorType":"InvalidRequestID"})");
  const Status status = RunTimes(1, std::string("{}"));
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("InvalidRequestID"));
  EXPECT_THAT(Logged(), HasSubstr("the Lambda runtime ends"));
}

TEST_F(RuntimeLoopTest, AResultThatCannotBePostedEndsTheProcessWithALine) {
  Deliver("id-1");
  for (int i = 0; i < 6; ++i) transport_.ThenLost();
  const Status status = RunTimes(5, std::string("{}"));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(transport_.sent().size(), 7U) << "bounded: once and five times again";
  EXPECT_EQ(handled_, 1) << "no second invocation is taken";
  EXPECT_THAT(Logged(), HasSubstr("invocation/id-1/response"));
  EXPECT_THAT(Logged(), HasSubstr("\"request_id\":\"id-1\""));
}

TEST_F(RuntimeLoopTest, AnAnswerThatIsTooLargeBecomesAnError) {
  Deliver("id-1");
  transport_.Then(413, R"({"errorType":"RequestEntityTooLarge"})").Then(202);
  EXPECT_TRUE(RunTimes(1, std::string(100, 'x')).has_value());
  EXPECT_EQ(Sent(2).url, std::string(kBase) + "invocation/id-1/error");
  EXPECT_THAT(Sent(2).body, HasSubstr("Calve.AnswerTooLarge"));
  EXPECT_THAT(Sent(2).body, HasSubstr("100 bytes"));
}

TEST_F(RuntimeLoopTest, NextIsAskedAgainAfterALostAnswer) {
  transport_.ThenLost(true).ThenLost(false);
  Deliver("id-1");
  transport_.Then(202);
  EXPECT_TRUE(RunTimes(1, std::string("{}")).has_value());
  EXPECT_EQ(handled_, 1);
}

TEST_F(RuntimeLoopTest, NextThatStaysAwayOrRefusesEndsTheLoop) {
  for (int i = 0; i < 6; ++i) transport_.ThenLost();
  EXPECT_EQ(RunTimes(1, std::string("{}")).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(transport_.sent().size(), 6U);
  for (const int status : {400, 403, 500}) {
    transport_.Then(status, R"({"errorType":"Container"})");
    const Status ended = RunTimes(1, std::string("{}"));
    ASSERT_FALSE(ended.has_value());
    EXPECT_THAT(ended.error().message, HasSubstr(std::to_string(status) + " Container"));
  }
  EXPECT_EQ(transport_.sent().size(), 9U) << "a refusal is not asked again";
  EXPECT_EQ(handled_, 0);
}

TEST_F(RuntimeLoopTest, ARequestIdThatCannotBeAnsweredEndsTheLoop) {
  for (const std::string id : {"", "a/b", "../init", "a b", "a\r\nx"}) {
    transport_.Then(200, "{}", {{"Lambda-Runtime-Aws-Request-Id", id}});
    EXPECT_EQ(RunTimes(1, std::string("{}")).error().kind, ErrorKind::kCorrupt) << id;
  }
  transport_.Then(200, "{}");
  EXPECT_EQ(RunTimes(1, std::string("{}")).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(handled_, 0);
}

TEST_F(RuntimeLoopTest, StoppedWhileWaitingEndsWellAndAtOnce) {
  FakeTransport transport([&](const Request& request) -> http::Reply {
    stop_.Cancel();
    EXPECT_TRUE(request.cancel->cancelled());
    return std::unexpected(http::SendError{{ErrorKind::kCancelled, "cancelled"}, true});
  });
  FunctionHandler handler([](const Invocation&, const CancelToken&) { return Result<std::string>("{}"); });
  EXPECT_TRUE(RuntimeLoop(transport, clock_, rng_, {.api = "127.0.0.1:9001"}).Run(handler, stop_).has_value());
  EXPECT_EQ(transport.sent().size(), 1U);
  EXPECT_EQ(Logged(), "");
  EXPECT_TRUE(Loop().Run(handler, stop_).has_value()) << "stopped before it began: nothing is asked for";
  EXPECT_TRUE(transport_.sent().empty());
}

TEST_F(RuntimeLoopTest, WhatAHandlerThrowsReachesTheInvokerAndEndsTheProcess) {
  Deliver("id-1");
  transport_.Then(202);
  FunctionHandler handler(
      [](const Invocation&, const CancelToken&) -> Result<std::string> { throw std::runtime_error("boom"); });
  EXPECT_EQ(Loop().Run(handler, stop_).error().kind, ErrorKind::kInternal);
  EXPECT_EQ(Sent(1).url, std::string(kBase) + "invocation/id-1/error");
  EXPECT_THAT(Sent(1).body, HasSubstr("boom"));

  Deliver("id-2");
  transport_.Then(202);
  FunctionHandler other([](const Invocation&, const CancelToken&) -> Result<std::string> { throw 7; });
  EXPECT_EQ(Loop().Run(other, stop_).error().kind, ErrorKind::kInternal);
  EXPECT_EQ(Sent(3).url, std::string(kBase) + "invocation/id-2/error");
}

TEST_F(RuntimeLoopTest, InitErrorsAreReported) {
  transport_.Then(202);
  EXPECT_TRUE(Loop().ReportInitError({ErrorKind::kInvalidArgument, "CALVE_TABLE is not set"}).has_value());
  EXPECT_EQ(Sent(0).url, std::string(kBase) + "init/error");
  EXPECT_EQ(*http::FindHeader(Sent(0).headers, "lambda-runtime-function-error-type"), "Calve.InvalidArgument");
  EXPECT_THAT(Sent(0).body, HasSubstr("CALVE_TABLE is not set"));
  EXPECT_THAT(Logged(), HasSubstr("CALVE_TABLE is not set"));

  transport_.Then(500);
  EXPECT_FALSE(Loop().ReportInitError({ErrorKind::kInternal, "x"}).has_value());
  EXPECT_THAT(Logged(), HasSubstr("could not say so"));
}

}  // namespace
}  // namespace calve::lambda
