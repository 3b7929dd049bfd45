// Amazon SQS in memory, behind FakeTransport: the documented behaviour of standard queues by the JSON protocol, on a
// clock that tests own, and faults on demand. In doubt it is the worst that SQS may do: an old receipt deletes.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "fakes/fake_transport.h"

namespace calve {

/// Thread-safe. `transport()` lives as long as it does.
class FakeSqs {
 public:
  explicit FakeSqs(Clock& clock) : clock_(clock) {}

  /// A queue; with `dead_letters`, one whose policy moves messages there after `max_receives`.
  std::string AddQueue(const std::string& name, const std::string& dead_letters = "", int max_receives = 0) {
    const std::lock_guard lock(mutex_);
    Queue& queue = queues_[name];
    queue.attributes["QueueArn"] = Arn(name);
    if (!dead_letters.empty()) {
      queue.dead_letters = dead_letters;
      queue.max_receives = max_receives;
      queue.attributes["RedrivePolicy"] =
          Json{{"deadLetterTargetArn", Arn(dead_letters)}, {"maxReceiveCount", fmt::format("{}", max_receives)}}.dump();
    }
    return Url(name);
  }
  static std::string Url(const std::string& name) { return "https://sqs.test/000000000000/" + name; }

  http::FakeTransport& transport() { return transport_; }

  /// What goes wrong with the next calls of `operation`, one after another.
  struct Fault {
    enum class Kind {
      kLost,          ///< Done, and the answer lost.
      kNotDone,       ///< The connection broke before anything was done.
      kRefused,       ///< `status` and `code`, nothing done.
      kEntriesFail,   ///< Of a batch, the entries with the numbers in `entries` fail with `code`.
      kEntriesSilent  ///< They are done, but the answer does not name them.
    };
    Kind kind = Kind::kLost;
    int status = 500;
    std::string code = "InternalFailure";
    std::set<size_t> entries = {};
    bool sender_fault = false;
  };
  void FailNext(const std::string& operation, const Fault& fault, int times = 1) {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < times; ++i) faults_[operation].push_back(fault);
  }
  /// The next message that is received stays visible, so that it comes twice.
  void DeliverTwice() {
    const std::lock_guard lock(mutex_);
    twice_ = true;
  }
  int calls(const std::string& operation) const {
    const std::lock_guard lock(mutex_);
    const auto it = calls_.find(operation);
    return it == calls_.end() ? 0 : it->second;
  }
  /// All that are in the queue, in whatever state.
  size_t size(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return queues_.at(name).messages.size();
  }
  /// The input of the last call of `operation`.
  Json last(const std::string& operation) const {
    const std::lock_guard lock(mutex_);
    const auto it = last_.find(operation);
    return it == last_.end() ? Json::object() : it->second;
  }

 private:
  using Millis = std::chrono::milliseconds;
  struct Message {
    std::string id;
    std::string body;
    Json attributes;
    int64_t sent_ms = 0;
    Deadline visible_at{};
    Deadline received_at{};
    int receives = 0;  // In all queues: it goes along to the dead letters.
    int receives_here = 0;
  };
  struct Queue {
    std::vector<Message> messages;
    std::map<std::string, std::string> attributes;
    std::string dead_letters;
    int max_receives = 0;
  };
  /// No is {code, text}.
  using Answer = std::expected<Json, std::pair<std::string, std::string>>;
  static Answer No(std::string code, std::string text) {
    return std::unexpected(std::pair(std::move(code), std::move(text)));
  }
  static std::string Arn(const std::string& name) { return "arn:aws:sqs:us-east-1:000000000000:" + name; }

  http::Reply Handle(const http::Request& request) {
    const std::string* header = http::FindHeader(request.headers, "X-Amz-Target");
    const std::string target = header == nullptr ? "" : *header;
    if (request.method != "POST" || !target.starts_with("AmazonSQS.")) return Refusal(404, "UnknownOperation", target);
    const std::string operation = target.substr(target.find('.') + 1);
    const Json input = Json::parse(request.body);
    if (operation == "ReceiveMessage") Wait(input);
    const std::lock_guard lock(mutex_);
    ++calls_[operation];
    last_[operation] = input;
    std::optional<Fault> fault;
    if (auto& list = faults_[operation]; !list.empty()) {
      fault = list.front();
      list.erase(list.begin());
    }
    if (fault && fault->kind == Fault::Kind::kNotDone) return Lost();
    if (fault && fault->kind == Fault::Kind::kRefused) return Refusal(fault->status, fault->code, "on demand");
    const Answer answer = Do(operation, input, fault);
    if (fault && fault->kind == Fault::Kind::kLost) return Lost();
    if (!answer) return Refusal(400, answer.error().first, answer.error().second);
    return http::Response{200, {{"Content-Type", "application/x-amz-json-1.0"}}, answer->dump()};
  }
  static http::Reply Lost() {
    return std::unexpected(http::SendError{{ErrorKind::kUnavailable, "the connection broke"}, true});
  }
  static http::Reply Refusal(int status, const std::string& code, const std::string& text) {
    const Json body = {{"__type", "com.amazonaws.sqs#" + code}, {"message", text}};
    return http::Response{status, {{"x-amzn-query-error", code + ";Sender"}}, body.dump()};
  }

  // A long poll, in the clock's time.
  void Wait(const Json& input) {
    const int64_t seconds = input.value("WaitTimeSeconds", int64_t{0});
    for (int64_t waited = 0; waited < seconds * 1000; waited += 50) {
      {
        const std::lock_guard lock(mutex_);
        const auto it = queues_.find(NameOf(input));
        if (it == queues_.end() || std::ranges::any_of(it->second.messages, [&](const Message& message) {
              return message.visible_at <= clock_.Monotonic();
            })) {
          return;
        }
      }
      clock_.SleepFor(Millis(50));
    }
  }

  static std::string NameOf(const Json& input) {
    const std::string url = input.value("QueueUrl", std::string());
    return url.substr(url.find_last_of('/') + 1);
  }

  Answer Do(const std::string& operation, const Json& input, const std::optional<Fault>& fault) {
    if (operation == "GetQueueUrl") {
      const std::string name = input.value("QueueName", std::string());
      if (!queues_.contains(name)) return No("QueueDoesNotExist", "The specified queue does not exist.");
      return Json{{"QueueUrl", Url(name)}};
    }
    const auto it = queues_.find(NameOf(input));
    if (it == queues_.end()) return No("QueueDoesNotExist", "The specified queue does not exist.");
    Queue& queue = it->second;
    if (operation == "GetQueueAttributes") return Attributes(queue, input);
    if (operation == "ReceiveMessage") return Receive(queue, input);
    if (operation == "ChangeMessageVisibility") return ChangeVisibility(queue, input);
    if (operation == "DeleteMessage") return Delete(queue, input);
    if (operation == "SendMessageBatch") {
      size_t bytes = 0;
      for (const Json& entry : input["Entries"]) bytes += SizeOf(entry);
      if (bytes > 262'144) return No("BatchRequestTooLong", fmt::format("{} bytes", bytes));
      return Batch(input, fault, [&](const Json& entry) { return Send(queue, entry); });
    }
    if (operation == "ChangeMessageVisibilityBatch") {
      return Batch(input, fault, [&](const Json& entry) { return ChangeVisibility(queue, entry); });
    }
    if (operation == "DeleteMessageBatch") {
      return Batch(input, fault, [&](const Json& entry) { return Delete(queue, entry); });
    }
    return No("InvalidAction", operation);
  }

  static Answer Batch(const Json& input, const std::optional<Fault>& fault,
                      const std::function<Answer(const Json&)>& each) {
    const Json& entries = input.at("Entries");
    if (entries.empty()) return No("EmptyBatchRequest", "no entries");
    if (entries.size() > 10) return No("TooManyEntriesInBatchRequest", fmt::format("{} entries", entries.size()));
    Json successful = Json::array();
    Json failed = Json::array();
    std::set<std::string> ids;
    for (size_t i = 0; i < entries.size(); ++i) {
      const auto id = entries[i].at("Id").get<std::string>();
      if (!ids.insert(id).second) return No("BatchEntryIdsNotDistinct", id);
      const bool hit = fault && fault->entries.contains(i);
      if (hit && fault->kind == Fault::Kind::kEntriesFail) {
        failed.push_back(
            {{"Id", id}, {"Code", fault->code}, {"Message", "on demand"}, {"SenderFault", fault->sender_fault}});
        continue;
      }
      Answer answer = each(entries[i]);
      if (!answer) {
        const auto& [code, text] = answer.error();
        failed.push_back({{"Id", id}, {"Code", code}, {"Message", text}, {"SenderFault", true}});
      } else if (!hit) {
        (*answer)["Id"] = id;
        successful.push_back(*std::move(answer));
      }
    }
    Json out = {{"Successful", successful}};
    if (!failed.empty()) out["Failed"] = failed;
    return out;
  }

  static size_t SizeOf(const Json& entry) {
    size_t bytes = entry.at("MessageBody").get_ref<const std::string&>().size();
    const Json attributes = entry.value("MessageAttributes", Json::object());
    for (const auto& [name, attribute] : attributes.items()) {
      bytes += name.size() + attribute.at("DataType").get<std::string>().size() +
               attribute.at("StringValue").get<std::string>().size();
    }
    return bytes;
  }

  Answer Send(Queue& queue, const Json& entry) {
    const auto body = entry.at("MessageBody").get<std::string>();
    if (body.empty()) return No("MissingParameter", "The request must contain the parameter MessageBody.");
    const auto is_control = [](char c) { return c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r'; };
    if (std::ranges::any_of(body, is_control)) return No("InvalidMessageContents", "not of XML 1.0");
    const Json attributes = entry.value("MessageAttributes", Json::object());
    if (attributes.size() > 10) return No("InvalidParameterValue", "more than 10 attributes");
    for (const auto& [name, attribute] : attributes.items()) {
      const auto value = attribute.at("StringValue").get<std::string>();
      if (value.empty() || std::ranges::any_of(value, is_control)) return No("InvalidParameterValue", name);
    }
    Message message{.id = fmt::format("id-{}", ++last_id_), .body = body, .attributes = attributes};
    message.sent_ms = ToMillis(clock_.Now());
    message.visible_at = clock_.Monotonic();
    queue.messages.push_back(message);
    return Json{{"MessageId", message.id}};
  }

  Answer Receive(Queue& queue, const Json& input) {
    const int64_t max = input.value("MaxNumberOfMessages", int64_t{1});
    const int64_t hold = input.value("VisibilityTimeout", int64_t{30});
    const int64_t wait = input.value("WaitTimeSeconds", int64_t{0});
    if (max < 1 || max > 10 || hold < 0 || hold > 43'200 || wait < 0 || wait > 20) {
      return No("InvalidParameterValue", "out of range");
    }
    const Deadline now = clock_.Monotonic();
    Json messages = Json::array();
    for (size_t i = 0; i < queue.messages.size() && messages.size() < static_cast<size_t>(max);) {
      Message& message = queue.messages[i];
      if (message.visible_at > now) {
        ++i;
        continue;
      }
      if (queue.max_receives > 0 && message.receives_here >= queue.max_receives) {
        message.receives_here = 0;
        queues_[queue.dead_letters].messages.push_back(std::move(message));
        queue.messages.erase(queue.messages.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      ++message.receives;
      ++message.receives_here;
      message.received_at = now;
      if (!twice_) message.visible_at = now + std::chrono::seconds(hold);
      twice_ = false;
      const std::string receipt = fmt::format("receipt-{}-{}", ++last_receipt_, message.id);
      Json out = {{"MessageId", message.id},
                  {"ReceiptHandle", receipt},
                  {"Body", message.body},
                  {"Attributes",
                   {{"ApproximateReceiveCount", fmt::format("{}", message.receives)},
                    {"SentTimestamp", fmt::format("{}", message.sent_ms)}}}};
      if (!message.attributes.empty()) out["MessageAttributes"] = message.attributes;
      messages.push_back(out);
      ++i;
    }
    return messages.empty() ? Json::object() : Json{{"Messages", messages}};
  }

  // nullptr: no such message in this queue.
  static Message* Find(Queue& queue, const Json& input, bool& valid) {
    const auto receipt = input.at("ReceiptHandle").get<std::string>();
    valid = receipt.starts_with("receipt-");
    if (!valid) return nullptr;
    const std::string id = receipt.substr(receipt.find('-', 8) + 1);
    const auto it = std::ranges::find(queue.messages, id, &Message::id);
    return it == queue.messages.end() ? nullptr : &*it;
  }

  Answer ChangeVisibility(Queue& queue, const Json& input) {
    bool valid = false;
    Message* message = Find(queue, input, valid);
    if (!valid) return No("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
    const std::chrono::seconds hold(input.at("VisibilityTimeout").get<int64_t>());
    const Deadline now = clock_.Monotonic();
    if (message == nullptr) return No("InvalidParameterValue", "Reason: Message does not exist.");
    if (message->visible_at <= now) return No("MessageNotInflight", "not in flight");
    if (now + hold > message->received_at + std::chrono::hours(12)) {
      return No("InvalidParameterValue", "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    }
    message->visible_at = now + hold;
    return Json::object();
  }

  static Answer Delete(Queue& queue, const Json& input) {
    bool valid = false;
    Message* message = Find(queue, input, valid);
    if (!valid) return No("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
    if (message != nullptr) queue.messages.erase(queue.messages.begin() + (message - queue.messages.data()));
    return Json::object();
  }

  Answer Attributes(Queue& queue, const Json& input) {
    const Deadline now = clock_.Monotonic();
    const auto visible = std::ranges::count_if(queue.messages, [&](const auto& m) { return m.visible_at <= now; });
    std::map<std::string, std::string> all = queue.attributes;
    all["ApproximateNumberOfMessages"] = fmt::format("{}", visible);
    all["ApproximateNumberOfMessagesNotVisible"] = fmt::format("{}", std::ssize(queue.messages) - visible);
    all["ApproximateNumberOfMessagesDelayed"] = "0";
    Json attributes = Json::object();
    for (const Json& name : input.at("AttributeNames")) {
      const auto it = all.find(name.get<std::string>());
      if (it != all.end()) attributes[it->first] = it->second;
    }
    // As SQS does: nothing at all when there is nothing to say.
    return attributes.empty() ? Json::object() : Json{{"Attributes", attributes}};
  }

  Clock& clock_;
  mutable std::mutex mutex_;  // Guards the rest.
  std::map<std::string, Queue> queues_;
  std::map<std::string, std::vector<Fault>> faults_;
  std::map<std::string, int> calls_;
  std::map<std::string, Json> last_;
  int64_t last_id_ = 0;
  int64_t last_receipt_ = 0;
  bool twice_ = false;
  http::FakeTransport transport_{[this](const http::Request& request) { return Handle(request); }};
};

}  // namespace calve
