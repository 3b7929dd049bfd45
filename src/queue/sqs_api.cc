#include "queue/sqs_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/whole_number.h"

namespace calve::queue {
namespace {

// SQS answers under one name in the query protocol's form and another in the JSON protocol's.
std::string_view PlainCode(std::string_view code) {
  constexpr std::string_view kPrefix = "AWS.SimpleQueueService.";
  constexpr std::string_view kSuffix = "Exception";
  if (code.starts_with(kPrefix)) code.remove_prefix(kPrefix.size());
  if (code.ends_with(kSuffix)) code.remove_suffix(kSuffix.size());
  return code;
}

// SQS has InvalidParameterValue, which is no documented answer of these calls, for a receipt that has expired.
bool IsStaleReceiptCode(std::string_view code) {
  return code == "ReceiptHandleIsInvalid" || code == "MessageNotInflight" || code == "InvalidParameterValue";
}

bool IsPassingCode(std::string_view code) {
  return code.find("Throttl") != std::string_view::npos || code == "OverLimit" || code == "InternalFailure" ||
         code == "ServiceUnavailable" || code == "InternalError";
}

ErrorKind KindOf(std::string_view code, ErrorKind otherwise) {
  if (code == "QueueDoesNotExist" || code == "NonExistentQueue" || code == "QueueDeletedRecently") {
    return ErrorKind::kNotFound;
  }
  // 120,000 messages in flight: passes as soon as some are deleted, though it comes with the status of a refusal.
  return IsPassingCode(code) ? ErrorKind::kUnavailable : otherwise;
}

std::string TextOf(const Json& object, std::string_view key) {
  const auto text = JsonFind<std::string>(object, key);
  return text && *text ? **text : std::string();
}

Json ObjectOf(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_object() ? *it : Json::object();
}

std::span<const Json> ListOf(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return {};
  const auto& list = it->get_ref<const Json::array_t&>();
  return list;
}

// The place of an answer's entry among those that were sent: their Ids are its numbers.
std::optional<size_t> EntryAt(const Json& answer, size_t count) {
  const auto at = WholeNumber<size_t>(TextOf(answer, "Id"));
  return at && *at < count ? at : std::nullopt;
}

// The last path segment: enough for a message, without the account's number.
std::string_view QueueName(std::string_view url) { return url.substr(url.find_last_of('/') + 1); }

}  // namespace

size_t SqsSize(const SqsOutgoing& message) {
  size_t bytes = message.body.size();
  for (const auto& [name, attribute] : message.attributes.items()) {
    bytes += name.size();
    if (!attribute.is_object()) continue;
    for (const char* part : {"DataType", "StringValue", "BinaryValue"}) bytes += TextOf(attribute, part).size();
  }
  return bytes;
}

int64_t SystemNumber(const SqsMessage& message, std::string_view name, int64_t otherwise) {
  return WholeNumber<int64_t>(TextOf(message.system, name)).value_or(otherwise);
}

aws::Call SqsApi::Limited(std::chrono::milliseconds extra) const {
  aws::Call call;
  call.deadline = clock_.Monotonic() + call_limit_ + extra;
  call.cancel = cancel_;
  return call;
}

Result<Json> SqsApi::Call(std::string_view operation, const Json& input, aws::Call call) {
  auto answer = client_.SendJson(endpoint_, fmt::format("AmazonSQS.{}", operation), "1.0", input, std::move(call));
  if (answer.has_value()) {
    if (answer->is_object()) return *std::move(answer);
    return Err(ErrorKind::kUnavailable, fmt::format("SQS {}: the answer is not a JSON object", operation));
  }
  Error error = std::move(answer.error().error);
  const std::string_view code = PlainCode(answer.error().code);
  const bool on_receipt = operation == "ChangeMessageVisibility" || operation == "DeleteMessage";
  error.kind = on_receipt && IsStaleReceiptCode(code) ? ErrorKind::kConflict : KindOf(code, error.kind);
  const std::string url = TextOf(input, "QueueUrl");
  if (url.empty()) return std::unexpected(std::move(error));
  return WithContext(std::move(error), fmt::format("queue {}", QueueName(url)));
}

Result<std::string> SqsApi::QueueUrl(std::string_view name, std::string_view owner_account) {
  Json input = {{"QueueName", name}};
  if (!owner_account.empty()) input["QueueOwnerAWSAccountId"] = owner_account;
  auto answer = Call("GetQueueUrl", input, Limited());
  if (!answer) return WithContext(std::move(answer).error(), fmt::format("queue {}", name));
  std::string url = TextOf(*answer, "QueueUrl");
  if (url.empty()) return Err(ErrorKind::kUnavailable, "SQS GetQueueUrl: the answer has no QueueUrl");
  return url;
}

Result<std::map<std::string, std::string>> SqsApi::Attributes(const std::string& url,
                                                              std::span<const char* const> names) {
  const Json input = {{"QueueUrl", url}, {"AttributeNames", std::vector<std::string>(names.begin(), names.end())}};
  CALVE_ASSIGN_OR_RETURN(const Json answer, Call("GetQueueAttributes", input, Limited()));
  std::map<std::string, std::string> attributes;
  const Json list = ObjectOf(answer, "Attributes");
  for (const auto& [name, value] : list.items()) {
    attributes[name] = value.is_string() ? value.get<std::string>() : JsonText(value);
  }
  return attributes;
}

Status SqsApi::Batch(std::string_view operation, const std::string& url, std::vector<Json> entries) {
  for (size_t i = 0; i < entries.size(); ++i) entries[i]["Id"] = fmt::format("{}", i);
  std::vector<bool> done(entries.size());
  std::vector<Json> left = entries;
  for (int attempt = 0;; ++attempt) {
    CALVE_ASSIGN_OR_RETURN(const Json answer, Call(operation, {{"QueueUrl", url}, {"Entries", left}}, Limited()));
    for (const Json& entry : ListOf(answer, "Successful")) {
      if (const auto at = EntryAt(entry, entries.size())) done[*at] = true;
    }
    std::string why = "SQS did not answer for it";
    for (const Json& entry : ListOf(answer, "Failed")) {
      const std::string raw_code = TextOf(entry, "Code");
      const std::string_view code = PlainCode(raw_code);
      const auto at = EntryAt(entry, entries.size());
      if (!at || done[*at]) continue;
      why = fmt::format("{}: {}", code, TextOf(entry, "Message"));
      const auto senders = JsonFind<bool>(entry, "SenderFault");
      if (senders && *senders && **senders && !IsPassingCode(code)) {
        const bool on_receipt = operation != "SendMessageBatch" && IsStaleReceiptCode(code);
        return Err(on_receipt ? ErrorKind::kConflict : KindOf(code, ErrorKind::kInvalidArgument),
                   fmt::format("queue {}: SQS {}: entry {} was refused: {}", QueueName(url), operation, *at, why));
      }
    }
    // Whatever is not answered for is sent again, too: twice is allowed, never is not.
    left.clear();
    for (size_t i = 0; i < entries.size(); ++i) {
      if (!done[i]) left.push_back(entries[i]);
    }
    if (left.empty()) return {};
    if (attempt >= entry_backoff_.max_retries) {
      return Err(ErrorKind::kUnavailable,
                 fmt::format("queue {}: SQS {}: {} of {} entries failed {} times: {}", QueueName(url), operation,
                             left.size(), entries.size(), attempt + 1, why));
    }
    clock_.SleepFor(BackoffWait(entry_backoff_, attempt, rng_));
  }
}

Status SqsApi::Send(const std::string& url, std::span<const SqsOutgoing> messages) {
  for (size_t next = 0; next < messages.size();) {
    std::vector<Json> entries;
    size_t bytes = 0;
    while (next < messages.size() && entries.size() < kSqsBatchEntries) {
      const SqsOutgoing& message = messages[next];
      bytes += SqsSize(message);
      if (!entries.empty() && bytes > kSqsBatchBytes) break;
      Json entry = {{"MessageBody", message.body}};
      if (!message.attributes.empty()) entry["MessageAttributes"] = message.attributes;
      entries.push_back(std::move(entry));
      ++next;
    }
    CALVE_RETURN_IF_ERROR(Batch("SendMessageBatch", url, std::move(entries)));
  }
  return {};
}

Result<std::vector<SqsMessage>> SqsApi::Receive(const std::string& url, int max, std::chrono::seconds visibility,
                                                std::chrono::seconds wait, const CancelToken* cancel) {
  const Json names = {"ApproximateReceiveCount", "SentTimestamp"};
  // The older name of the same parameter is for servers that do not know the new one.
  const Json input = {{"QueueUrl", url},
                      {"MaxNumberOfMessages", std::min<int>(max, kSqsBatchEntries)},
                      {"VisibilityTimeout", visibility.count()},
                      {"WaitTimeSeconds", wait.count()},
                      {"MessageSystemAttributeNames", names},
                      {"AttributeNames", names},
                      {"MessageAttributeNames", {"All"}}};
  aws::Call call = Limited(wait);
  if (cancel != nullptr) call.cancel = cancel;
  call.total_timeout += wait;  // SQS says nothing while it waits.
  call.stall_timeout += wait;
  CALVE_ASSIGN_OR_RETURN(const Json answer, Call("ReceiveMessage", input, std::move(call)));
  std::vector<SqsMessage> messages;
  for (const Json& item : ListOf(answer, "Messages")) {
    if (!item.is_object()) continue;
    SqsMessage message{.id = TextOf(item, "MessageId"),
                       .receipt = TextOf(item, "ReceiptHandle"),
                       .body = TextOf(item, "Body"),
                       .system = ObjectOf(item, "Attributes"),
                       .attributes = ObjectOf(item, "MessageAttributes")};
    // Nothing can be done with a message that has no receipt, and it must not hold up the others.
    if (!message.receipt.empty()) messages.push_back(std::move(message));
  }
  return messages;
}

Status SqsApi::ChangeVisibility(const std::string& url, std::string_view receipt, std::chrono::seconds visibility,
                                Deadline deadline) {
  aws::Call call = Limited();
  call.deadline = std::min(call.deadline, deadline);
  const Json input = {{"QueueUrl", url}, {"ReceiptHandle", receipt}, {"VisibilityTimeout", visibility.count()}};
  CALVE_RETURN_IF_ERROR(Call("ChangeMessageVisibility", input, std::move(call)));
  return {};
}

Status SqsApi::Delete(const std::string& url, std::string_view receipt) {
  CALVE_RETURN_IF_ERROR(Call("DeleteMessage", {{"QueueUrl", url}, {"ReceiptHandle", receipt}}, Limited()));
  return {};
}

Status SqsApi::Receipts(std::string_view operation, const std::string& url, std::span<const SqsMessage> messages,
                        const Json& with) {
  for (size_t next = 0; next < messages.size();) {
    std::vector<Json> entries;
    for (; next < messages.size() && entries.size() < kSqsBatchEntries; ++next) {
      Json entry = with;
      entry["ReceiptHandle"] = messages[next].receipt;
      entries.push_back(std::move(entry));
    }
    CALVE_RETURN_IF_ERROR(Batch(operation, url, std::move(entries)));
  }
  return {};
}

Status SqsApi::ChangeVisibility(const std::string& url, std::span<const SqsMessage> messages,
                                std::chrono::seconds visibility) {
  return Receipts("ChangeMessageVisibilityBatch", url, messages, {{"VisibilityTimeout", visibility.count()}});
}

Status SqsApi::Delete(const std::string& url, std::span<const SqsMessage> messages) {
  return Receipts("DeleteMessageBatch", url, messages, Json::object());
}

}  // namespace calve::queue
