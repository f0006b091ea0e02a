// Every difference between libtorch 2.11 and 2.14 that our code meets.

#ifndef SCONCE_VERSION_H_
#define SCONCE_VERSION_H_

#include <c10/util/Exception.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/headeronly/version.h>

#include <string>
#include <utility>

namespace sconce {

#define SCONCE_LIBTORCH_SINCE(minor) (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= (minor))

// Ties the outputs of a custom Function to its node, and sets `attached` to the node that they got.
// Since 2.14 whoever wraps them must say, by TellNodeComplete, when that node has all that it
// saves.
template <typename Node, typename... Arguments>
auto WrapOutputs(Node& attached, Arguments&&... arguments) {
#if SCONCE_LIBTORCH_SINCE(14)
  return torch::autograd::_wrap_outputs(std::forward<Arguments>(arguments)..., attached);
#else
  static_cast<void>(attached);
  return torch::autograd::_wrap_outputs(std::forward<Arguments>(arguments)...);
#endif
}

template <typename Node>
void TellNodeComplete(const Node& attached) {
#if SCONCE_LIBTORCH_SINCE(14)
  if (attached) torch::autograd::fire_node_creation_hooks(attached);
#else
  static_cast<void>(attached);
#endif
}

// The device's own stream, null where libtorch does not tell.
template <typename Stream>
void* NativeHandle(const Stream& stream) {
  if constexpr (requires { stream.native_handle(); }) {
    return stream.native_handle();
  } else {
    return nullptr;
  }
}

// Which kernel cuDNN's depthwise convolutions take: a choice since 2.13.
template <typename Context>
std::string DepthwiseKernel(const Context& context) {
  if constexpr (requires { context.cudnnDepthwiseKernel(); }) {
    return cudnn_depthwise2str(context.cudnnDepthwiseKernel());
  } else {
    return "auto";
  }
}

template <typename Context>
void SetDepthwiseKernel(Context& context, const std::string& kernel) {
  if constexpr (requires { context.cudnnDepthwiseKernel(); }) {
    using Kernel = decltype(context.cudnnDepthwiseKernel());
    const auto of = [&](const char* name) { return kernel == name; };
    TORCH_CHECK_VALUE(of("auto") || of("cudnn") || of("native"), "unknown kernel ", kernel);
    context.setCuDNNDepthwiseKernel(of("auto")    ? Kernel::AUTO
                                    : of("cudnn") ? Kernel::CUDNN
                                                  : Kernel::NATIVE);
  }
}

}  // namespace sconce

#endif  // SCONCE_VERSION_H_
