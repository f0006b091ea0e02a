#pragma once

#include "cuda/library.h"

namespace sconce {

// The library that links CUDA; throws where libtorch has no CUDA, or where it could not be loaded.
cuda::Library& CudaLibrary();

}  // namespace sconce
