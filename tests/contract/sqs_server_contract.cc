// The queue contract on a real SQS server: CALVE_TEST_SQS_ENDPOINT names it, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
// and AWS_REGION are used where they are set. Time is really waited for; the suite counts in seconds, so it takes about
// a minute. Each test makes its own pair of queues and deletes it.
#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

#include "aws/client.h"
#include "contract/queue_contract.h"
#include "http/curl_transport.h"
#include "queue/sqs_queue.h"

namespace calve::queue {
namespace {

constexpr int kMaxReceives = 3;

std::string Variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

class ServerEnv final : public QueueEnv {
 public:
  ~ServerEnv() override {
    for (const std::string& url : {url_, dead_url_}) Call("DeleteQueue", {{"QueueUrl", url}});
  }
  Queue& queue() override { return *queue_; }
  Queue& peer() override { return *peer_; }
  DeadLetterQueue& dead() override { return *queue_; }
  int max_receives() const override { return kMaxReceives; }
  // A little more: the server's second and ours do not begin together.
  void Elapse(std::chrono::milliseconds duration) override { std::this_thread::sleep_for(duration + 200ms); }
  bool exact_stats() const override { return false; }

 private:
  Json Call(const char* operation, const Json& input) {
    auto answer = client_.SendJson(endpoint_, fmt::format("AmazonSQS.{}", operation), "1.0", input);
    EXPECT_TRUE(answer.has_value()) << answer.error().error.message;
    return answer.has_value() ? *answer : Json::object();
  }
  std::string Create(const std::string& suffix, const Json& attributes) {
    return Call("CreateQueue", {{"QueueName", name_ + suffix}, {"Attributes", attributes}}).value("QueueUrl", "");
  }
  std::string CreateWithDeadLetters() {
    const Json names = {"QueueArn"};
    const Json answer = Call("GetQueueAttributes", {{"QueueUrl", dead_url_}, {"AttributeNames", names}});
    const Json policy = {{"deadLetterTargetArn", answer["Attributes"]["QueueArn"]},
                         {"maxReceiveCount", fmt::format("{}", kMaxReceives)}};
    return Create("", {{"RedrivePolicy", policy.dump()}});
  }
  std::unique_ptr<SqsQueue> Open(const std::string& queue) {
    return Must(SqsQueue::Open(queue, {}, client_, endpoint_, SystemClock(), SystemRng()));
  }

  const aws::Endpoint endpoint_{
      .url = Variable("CALVE_TEST_SQS_ENDPOINT", ""), .service = "sqs", .region = Variable("AWS_REGION", "us-east-1")};
  const std::string name_ = "calve-" + NewUuid(SystemRng());
  std::unique_ptr<http::Transport> transport_ = Must(http::CurlTransport::Make());
  std::unique_ptr<aws::CredentialsProvider> credentials_ =
      aws::MakeStaticCredentials({.access_key_id = Variable("AWS_ACCESS_KEY_ID", "test"),
                                  .secret_access_key = Variable("AWS_SECRET_ACCESS_KEY", "test"),
                                  .session_token = Variable("AWS_SESSION_TOKEN", ""),
                                  .expires = {}});
  aws::Client client_{*transport_, *credentials_, SystemClock(), SystemRng(), BackoffPolicy{.max_retries = 5}};
  std::string dead_url_ = Create("-dead", Json::object());
  std::string url_ = CreateWithDeadLetters();
  std::unique_ptr<SqsQueue> queue_ = Open(name_);
  std::unique_ptr<SqsQueue> peer_ = Open(url_);
};

QueueFactory Server() {
  const bool none = Variable("CALVE_TEST_SQS_ENDPOINT", "").empty();
  return {.name = "server",
          .make = [] { return std::make_unique<ServerEnv>(); },
          .skip_reason = none ? "CALVE_TEST_SQS_ENDPOINT names no SQS server" : ""};
}

INSTANTIATE_TEST_SUITE_P(Sqs, QueueContract, testing::Values(Server()));

}  // namespace
}  // namespace calve::queue
