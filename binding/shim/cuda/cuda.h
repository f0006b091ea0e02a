// See cuda_runtime_api.h beside this file.

#pragma once

// libtorch's headers choose members of classes by it: all of its builds since 2.11 have those of
// CUDA 12.4.
#define CUDA_VERSION 13000
