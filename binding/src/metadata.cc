#include "metadata.h"

#include <c10/util/Exception.h>

#include "autograd-state.h"
#include "convert.h"
#include "environment.h"
#include "js-call.h"

namespace sconce {

void NodeMetadata::store_stack() {
  if (environment_ == nullptr || environment_->autograd->capture_stack == nullptr) return;
  const JsScope scope(environment_->env);
  stack_ = ToString(environment_->env,
                    CallJs(*environment_, *environment_->autograd->capture_stack, {}));
}

void NodeMetadata::print_stack(const std::string& current_node_name) {
  if (stack_.empty()) {
    TORCH_WARN("Error detected in ", current_node_name,
               ". No forward pass information available. Enable detect anomaly during forward pass "
               "for more information.");
    return;
  }
  TORCH_WARN("Error detected in ", current_node_name,
             ". Traceback of forward call that caused the error:\n", stack_);
  // A node of a double backward was made by another node; that one's line tells of it.
  NodePtr parent = parent_;
  while (parent) {
    const auto* metadata = dynamic_cast<NodeMetadata*>(parent->metadata());
    if (metadata == nullptr || metadata->stack_.empty()) {
      TORCH_WARN("\n\nPrevious calculation was induced by ", parent->name(),
                 ". No forward pass information available. Enable detect anomaly during forward "
                 "pass for more information.");
      return;
    }
    TORCH_WARN("\n\nPrevious calculation was induced by ", parent->name(),
               ". Traceback of forward call that induced the previous calculation:\n",
               metadata->stack_);
    parent = metadata->parent_;
  }
}

napi_value NodeMetadata::Object(Environment& environment, napi_value fresh) {
  if (object_ == nullptr) object_ = std::make_shared<Retained>(environment, fresh);
  return object_->Value();
}

}  // namespace sconce
