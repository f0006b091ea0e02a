#pragma once

#include <memory>

#include "cuda/library.h"

namespace sconce::cuda {

std::unique_ptr<Graph> MakeGraph(bool keep_graph);
PoolId MakePool();
bool IsStreamCapturing();

}  // namespace sconce::cuda
