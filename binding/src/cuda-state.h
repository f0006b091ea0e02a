#pragma once

#include <functional>

namespace sconce {

// Sets CUDA up, once for the process. Throws PyTorch's words where this libtorch has no CUDA, or
// this machine no driver or no GPU.
void InitCuda();
bool IsCudaInitialized();

// Runs `call` once CUDA is set up: now, or when that happens. A call that seeds all takes the place
// of what waits; where there is no CUDA to wait for, nothing happens.
void WhenCudaIsUp(std::function<void()> call, bool seeds_all = false);

// Bytes that live tensors have on all GPUs, by the allocators' own books; 0 before CUDA is set up.
int64_t CudaLiveBytes();
// Bytes that the GPUs have.
int64_t CudaTotalBytes();

}  // namespace sconce
