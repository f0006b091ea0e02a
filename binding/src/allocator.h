#pragma once

#include <cstdint>

namespace sconce {

// Makes libtorch allocate CPU memory through an allocator that counts what lives and keeps large
// blocks for their next use. Once for each process.
void InstallAllocator();

// Bytes that CPU tensors hold in this process now.
int64_t LiveBytes();
// Memory of CPU tensors that another allocator gave or took back.
void CountBytes(int64_t bytes);

}  // namespace sconce
