#include "queue/sqs_dead_letters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "base/whole_number.h"
#include "queue/limits.h"

namespace calve::queue {
namespace {

constexpr std::chrono::minutes kReadAgain{5};
constexpr std::chrono::seconds kListHold{30};
constexpr std::chrono::seconds kMoveHold{120};
// A poll that waits asks all of SQS's servers; one that does not may come back empty from a queue that is not.
constexpr std::chrono::seconds kLook{1};

constexpr std::string_view kOurs = "calve.";
constexpr const char* kReason = "calve.reason";
constexpr const char* kReceiveCount = "calve.receive_count";
constexpr const char* kMessageId = "calve.message_id";

Json TextAttribute(std::string_view text) { return {{"DataType", "String"}, {"StringValue", text}}; }

std::string TextOf(const SqsMessage& message, const char* name) {
  const auto it = message.attributes.find(name);
  if (it == message.attributes.end()) return {};
  const auto text = JsonFind<std::string>(*it, "StringValue");
  return text && *text ? **text : std::string();
}

int ToInt(std::string_view text, int otherwise) {
  const auto value = WholeNumber<int>(text);
  return value && *value >= 0 ? *value : otherwise;
}

// SQS takes the characters of XML 1.0 alone. The rest of a reason is worth more than its control characters.
std::string Sendable(std::string_view reason) {
  std::string out = TrimReason(reason);
  for (size_t at = 0; at < out.size();) {
    const size_t bad = UnsendableAt(std::string_view(out).substr(at));
    if (bad == std::string_view::npos) break;
    const size_t length = Utf8Length(out, at + bad);
    out.replace(at + bad, length, "?");
    at += bad + 1;
  }
  return out;
}

// The policy's number is text when somebody wrote it as text.
int MaxReceives(const Json& policy) {
  if (const auto number = JsonFind<int64_t>(policy, "maxReceiveCount"); number && *number) {
    return static_cast<int>(std::clamp<int64_t>(**number, 0, 1'000));
  }
  const auto text = JsonFind<std::string>(policy, "maxReceiveCount");
  return text && *text ? ToInt(**text, 0) : 0;
}

struct Arn {
  std::string account;
  std::string name;
};

// arn:aws:sqs:REGION:ACCOUNT:NAME
std::optional<Arn> ParseArn(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t from = 0; from <= text.size();) {
    const size_t colon = std::min(text.find(':', from), text.size());
    parts.push_back(text.substr(from, colon - from));
    from = colon + 1;
  }
  if (parts.size() != 6 || parts[0] != "arn" || parts[2] != "sqs" || parts[5].empty()) return std::nullopt;
  return Arn{.account = std::string(parts[4]), .name = std::string(parts[5])};
}

DeadLetter ToLetter(const SqsMessage& message, int max_receives) {
  DeadLetter letter{.message_id = TextOf(message, kMessageId),
                    .body = message.body,
                    .reason = TextOf(message, kReason),
                    .receive_count = ToInt(TextOf(message, kReceiveCount), max_receives),
                    .died_ms = SystemNumber(message, "SentTimestamp", 0)};
  if (letter.message_id.empty()) letter.message_id = message.id;
  if (letter.reason.empty()) letter.reason = UnansweredReason(letter.receive_count, "");
  return letter;
}

}  // namespace

bool IsQueueUrl(std::string_view queue) { return queue.starts_with("https://") || queue.starts_with("http://"); }

Result<SqsRedrive> SqsDeadLetters::ReadRedrive() {
  constexpr std::array kNames{"QueueArn", "RedrivePolicy"};
  CALVE_ASSIGN_OR_RETURN(const auto attributes, api_.Attributes(url_, kNames));
  SqsRedrive redrive;
  std::string arn;
  if (const auto it = attributes.find("RedrivePolicy"); it != attributes.end() && !it->second.empty()) {
    CALVE_ASSIGN_OR_RETURN(const Json policy, ParseJson(it->second, "the queue's RedrivePolicy"));
    CALVE_ASSIGN_OR_RETURN(arn, JsonGet<std::string>(policy, "deadLetterTargetArn"));
    redrive.max_receives = MaxReceives(policy);
  }
  if (!configured_.empty()) {
    redrive.url = configured_;
    if (!IsQueueUrl(configured_)) {
      CALVE_ASSIGN_OR_RETURN(redrive.url, api_.QueueUrl(configured_, ""));
    }
    return redrive;
  }
  if (arn.empty()) return redrive;
  const std::optional<Arn> target = ParseArn(arn);
  if (!target) return Err(ErrorKind::kCorrupt, fmt::format("the queue's RedrivePolicy names \"{}\", no queue", arn));
  const auto own = attributes.find("QueueArn");
  const std::optional<Arn> self = own == attributes.end() ? std::nullopt : ParseArn(own->second);
  const bool foreign = !self || self->account != target->account;
  CALVE_ASSIGN_OR_RETURN(redrive.url, api_.QueueUrl(target->name, foreign ? target->account : ""));
  return redrive;
}

Result<SqsRedrive> SqsDeadLetters::Redrive() {
  const std::lock_guard lock(mutex_);
  if (!redrive_ || read_again_ <= clock_.Monotonic()) {
    auto redrive = ReadRedrive();
    // What was true five minutes ago serves while SQS cannot be asked.
    if (!redrive && !(redrive_ && redrive.error().kind == ErrorKind::kUnavailable)) return redrive;
    if (redrive) redrive_ = *std::move(redrive);
    read_again_ = clock_.Monotonic() + kReadAgain;
  }
  return *redrive_;
}

Result<SqsRedrive> SqsDeadLetters::Required() {
  CALVE_ASSIGN_OR_RETURN(SqsRedrive redrive, Redrive());
  if (!redrive.url.empty()) return redrive;
  return Err(ErrorKind::kNotFound, fmt::format("queue {} has no dead-letter queue: give it a redrive policy", url_));
}

Status SqsDeadLetters::Put(const std::string& url, const Delivery& delivery, std::string_view reason) {
  SqsOutgoing letter{.body = delivery.body};
  letter.attributes[kReceiveCount] = {{"DataType", "Number"},
                                      {"StringValue", fmt::format("{}", delivery.receive_count)}};
  if (!delivery.message_id.empty()) letter.attributes[kMessageId] = TextAttribute(delivery.message_id);
  const std::string text = Sendable(reason);
  if (!text.empty()) letter.attributes[kReason] = TextAttribute(text);
  // The body matters more than what is said about it.
  if (SqsSize(letter) > kSqsBatchBytes) letter.attributes = Json::object();
  return api_.Send(url, std::span(&letter, 1));
}

Result<std::vector<DeadLetter>> SqsDeadLetters::List(int max) {
  if (max < 1) return Err(ErrorKind::kInvalidArgument, fmt::format("ListDead of {} letters", max));
  CALVE_ASSIGN_OR_RETURN(const SqsRedrive redrive, Required());
  const Deadline until = clock_.Monotonic() + kListHold / 2;  // Then the first ones would soon come again.
  std::vector<SqsMessage> held;
  std::set<std::string> seen;
  std::vector<DeadLetter> letters;
  Status status;
  while (std::ssize(letters) < max && clock_.Monotonic() < until) {
    auto some = api_.Receive(redrive.url, max - static_cast<int>(letters.size()), kListHold, kLook, nullptr);
    if (!some) {
      status = std::unexpected(std::move(some).error());
      break;
    }
    if (some->empty()) break;
    for (SqsMessage& message : *some) {
      if (seen.insert(message.id).second) letters.push_back(ToLetter(message, redrive.max_receives));
      held.push_back(std::move(message));
    }
  }
  // If this fails they come back by themselves, a little later; the list is right all the same.
  static_cast<void>(api_.ChangeVisibility(redrive.url, held, std::chrono::seconds(0)));
  CALVE_RETURN_IF_ERROR(std::move(status));
  return letters;
}

// Those of `letters` that their queue has taken. One that it never will (larger than it allows) must not hold up the
// others, so a batch that is refused goes one by one; that some of it may have been taken at first is only a duplicate.
Result<std::vector<SqsMessage>> SqsDeadLetters::SendBack(const std::vector<SqsMessage>& letters, std::string& refusal) {
  std::vector<SqsOutgoing> messages;
  for (const SqsMessage& letter : letters) {
    SqsOutgoing message{.body = letter.body};
    for (const auto& [name, value] : letter.attributes.items()) {
      if (!name.starts_with(kOurs)) message.attributes[name] = value;
    }
    messages.push_back(std::move(message));
  }
  Status all = api_.Send(url_, messages);
  if (all) return letters;
  if (all.error().kind != ErrorKind::kInvalidArgument) return std::unexpected(std::move(all).error());
  std::vector<SqsMessage> sent;
  for (size_t i = 0; i < letters.size(); ++i) {
    const Status one = api_.Send(url_, std::span(&messages[i], 1));
    if (one) {
      sent.push_back(letters[i]);
    } else if (one.error().kind == ErrorKind::kInvalidArgument) {
      refusal = one.error().message;
    } else {
      return std::unexpected(one.error());
    }
  }
  return sent;
}

Result<int64_t> SqsDeadLetters::MoveBack() {
  CALVE_ASSIGN_OR_RETURN(const SqsRedrive redrive, Required());
  CALVE_ASSIGN_OR_RETURN(const int64_t count, CountAt(redrive.url));
  // Messages that fail again at once come back while this runs: without an end it could go round with them forever. The
  // count is approximate, so some more than that.
  const int64_t most = count + std::max<int64_t>(count / 10, 100);
  int64_t moved = 0;
  int64_t refused = 0;
  std::string refusal;
  while (moved + refused < most) {
    CALVE_ASSIGN_OR_RETURN(const auto letters,
                           api_.Receive(redrive.url, static_cast<int>(kSqsBatchEntries), kMoveHold, kLook, nullptr));
    if (letters.empty()) break;
    CALVE_ASSIGN_OR_RETURN(const std::vector<SqsMessage> sent, SendBack(letters, refusal));
    CALVE_RETURN_IF_ERROR(api_.Delete(redrive.url, sent));
    moved += std::ssize(sent);
    refused += std::ssize(letters) - std::ssize(sent);
  }
  if (refused == 0) return moved;
  return Err(ErrorKind::kInvalidArgument,
             fmt::format("{} dead letters were moved; {} the queue does not take: {}", moved, refused, refusal));
}

Result<int64_t> SqsDeadLetters::CountAt(const std::string& url) {
  constexpr std::array kNames{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                              "ApproximateNumberOfMessagesDelayed"};
  CALVE_ASSIGN_OR_RETURN(const auto attributes, api_.Attributes(url, kNames));
  int64_t count = 0;
  for (const auto& [name, value] : attributes) count += ToInt(value, 0);
  return count;
}

Result<int64_t> SqsDeadLetters::Count() {
  CALVE_ASSIGN_OR_RETURN(const SqsRedrive redrive, Redrive());
  if (redrive.url.empty()) return 0;
  return CountAt(redrive.url);
}

}  // namespace calve::queue
