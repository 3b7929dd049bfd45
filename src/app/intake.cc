#include "app/intake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/json.h"
#include "event/notification.h"
#include "load/whose_fault.h"

namespace calve::app {
namespace {

using Answer = load::Handled::Answer;

constexpr int kSourceVersion = 1;

/// Whether trying the same message again may help. While a source is planned a conflict is a change on the way, and a
/// source that is not there any more will not come back under this message.
bool MayPass(ErrorKind kind) {
  const load::Fault fault = load::WhoseFault(kind);
  if (kind == ErrorKind::kConflict) return true;
  return kind != ErrorKind::kNotFound && (fault == load::Fault::kNobody || fault == load::Fault::kWorker);
}

/// The URI of a source message; nullopt when the body is something else.
Result<std::optional<std::string>> ParseSourceMessage(std::string_view body) {
  const Result<Json> json = ParseJson(body, "the message");
  if (!json.has_value() || !json->is_object()) return std::optional<std::string>();
  const auto kind = json->find("calve");
  if (kind == json->end() || *kind != "source") return std::optional<std::string>();
  CALVE_ASSIGN_OR_RETURN(const int64_t version, JsonGet<int64_t>(*json, "version"));
  if (version != kSourceVersion) {
    return Err(ErrorKind::kBadData,
               fmt::format("a source message of version {}; this calve reads {}", version, kSourceVersion));
  }
  CALVE_ASSIGN_OR_RETURN(std::string uri, JsonGet<std::string>(*json, "uri"));
  return std::optional(std::move(uri));
}

/// The sources that a message names; none with a note when there is nothing to do.
Result<std::vector<std::string>> SourcesOf(std::string_view body, std::string& note) {
  CALVE_ASSIGN_OR_RETURN(std::optional<std::string> own, ParseSourceMessage(body));
  if (own) return std::vector<std::string>{*std::move(own)};
  CALVE_ASSIGN_OR_RETURN(const event::Notification notification, event::ParseNotification(body));
  if (notification.kind == event::Kind::kChunk) {
    return Err(ErrorKind::kBadData, "a chunk message on the queue of notifications: it belongs on the queue of chunks");
  }
  std::vector<std::string> sources;
  for (const event::LandedObject& object : notification.objects) {
    sources.push_back(fmt::format("s3://{}/{}", object.bucket, object.key));
  }
  note = fmt::format("{}", fmt::join(notification.ignored, "; "));
  return sources;
}

/// The worse of two answers: a retry may still help the others, and finds what is done done.
void Worsen(IntakeResult& result, const std::string& source, const Error& error) {
  const Answer answer = MayPass(error.kind) ? Answer::kRetry : Answer::kPermanent;
  const std::string reason =
      error.message.find(source) != std::string::npos ? error.message : source + ": " + error.message;
  result.reason += (result.reason.empty() ? "" : "; ") + reason;
  if (result.answer == Answer::kRetry) return;
  result.answer = answer;
  result.kind = error.kind;
}

}  // namespace

IntakeResult Intake::Handle(std::string_view body, const CancelToken& cancel) {
  IntakeResult result;
  const Result<std::vector<std::string>> sources = SourcesOf(body, result.note);
  if (!sources.has_value()) {
    result.answer = Answer::kPermanent;
    result.kind = sources.error().kind;
    result.reason = sources.error().message;
    return result;
  }
  for (const std::string& source : *sources) {
    Result<Landed> landed = Take(source, cancel);
    if (landed.has_value()) {
      result.landed.push_back(std::move(landed).value());
    } else {
      Worsen(result, source, landed.error());
    }
  }
  return result;
}

Result<Landed> Intake::Take(const std::string& source_uri, const CancelToken& cancel) {
  const auto began = context_.clock.Monotonic();
  Landed landed;
  landed.source = source_uri;
  CALVE_ASSIGN_OR_RETURN(const load::PlanRequest request, make_request_(source_uri));
  load::Planner planner(context_, ledger_, reading_);
  CALVE_ASSIGN_OR_RETURN(landed.planned, planner.MakePlan(request, cancel));
  if (!landed.planned.committed) {
    const load::Plan& plan = landed.planned.plan;
    CALVE_ASSIGN_OR_RETURN(load::FinishOutcome outcome, consumer_.finisher().TryFinish(plan, cancel));
    if (const auto* waiting = std::get_if<load::Waiting>(&outcome)) {
      CALVE_ASSIGN_OR_RETURN(landed.sent, consumer_.SendWaiting(plan, *waiting));
    } else if (auto* finished = std::get_if<load::Finished>(&outcome)) {
      landed.planned.committed = std::move(finished->record);
    } else if (const auto* failed = std::get_if<load::LoadFailed>(&outcome)) {
      return Err(ErrorKind::kBadData, failed->failure.message);
    }
  }
  landed.plan_time = std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.Monotonic() - began);
  return landed;
}

bool NamesWholeObject(std::string_view body) {
  const Result<event::Notification> notification = event::ParseNotification(body);
  return notification.has_value() && notification->kind == event::Kind::kSeedChunk;
}

std::string MakeSourceMessage(std::string_view uri) {
  const Json json = {{"calve", "source"}, {"version", kSourceVersion}, {"uri", std::string(uri)}};
  return JsonText(json);
}

}  // namespace calve::app
