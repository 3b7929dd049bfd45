// What a Lambda function's environment says about its size.
#pragma once

#include "app/settings.h"
#include "aws/environment.h"

namespace calve::app {

/// Fills in what nobody has set: threads and memory limit from AWS_LAMBDA_FUNCTION_MEMORY_SIZE (MB; 1,769 MB are one
/// vCPU), scratch below /tmp, the only place that can be written. HOME is not needed.
void ApplyLambdaDefaults(Settings& settings, const aws::Environment& environment);

}  // namespace calve::app
