#pragma once

#include <string>

#include "cuda/library.h"

namespace sconce::cuda {

std::string MakeSnapshot(PoolId pool, bool include_traces);
void StartHistory(const History& history, std::string (*stack)());

}  // namespace sconce::cuda
