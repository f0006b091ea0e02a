#include "cuda/snapshot.h"

#include <c10/cuda/CUDACachingAllocator.h>

#include <array>
#include <sstream>

#include "cuda/version.h"

namespace sconce::cuda {

namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

// Where JS was when memory was asked for.
struct JsContext final : c10::GatheredContext {
  explicit JsContext(std::string stack) : stack(std::move(stack)) {}
  const std::string stack;
};

std::string (*stack_of_js)() = nullptr;

std::shared_ptr<c10::GatheredContext> GatherContext() {
  std::string stack = stack_of_js != nullptr ? stack_of_js() : std::string();
  return stack.empty() ? nullptr : std::make_shared<JsContext>(std::move(stack));
}

// Writes JSON: objects and lists of numbers, strings and the like.
class Writer {
 public:
  Writer& Open(char bracket) {
    Separate();
    text_ << bracket;
    is_first_ = true;
    return *this;
  }
  Writer& Close(char bracket) {
    text_ << bracket;
    is_first_ = false;
    return *this;
  }
  Writer& Key(const char* key) {
    String(key);
    text_ << ':';
    is_first_ = true;
    return *this;
  }
  template <class Number>
  Writer& Field(const char* key, Number number) {
    Key(key);
    text_ << number;
    is_first_ = false;
    return *this;
  }
  Writer& Field(const char* key, bool value) { return Field(key, value ? "true" : "false"); }
  Writer& Text(const char* key, const std::string& value) {
    Key(key);
    return String(value);
  }
  Writer& Pool(const char* key, const PoolId& pool) {
    Key(key).Open('[');
    text_ << pool.first << ',' << pool.second;
    return Close(']');
  }
  Writer& Context(const std::shared_ptr<c10::GatheredContext>& context) {
    const auto* gathered = dynamic_cast<const JsContext*>(context.get());
    return Text("stack", gathered != nullptr ? gathered->stack : std::string());
  }
  std::string Take() const { return text_.str(); }

 private:
  void Separate() {
    if (!is_first_) text_ << ',';
    is_first_ = false;
  }
  Writer& String(const std::string& value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    Separate();
    text_ << '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        text_ << '\\' << c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        text_ << "\\u00" << kDigits[static_cast<size_t>(c >> 4)]
              << kDigits[static_cast<size_t>(c & 15)];
      } else {
        text_ << c;
      }
    }
    text_ << '"';
    return *this;
  }

  std::ostringstream text_;
  bool is_first_ = true;
};

uint64_t Address(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

void WriteSegment(Writer& writer, const allocator::SegmentInfo& segment) {
  writer.Open('{')
      .Field("device", static_cast<int>(segment.device))
      .Field("address", segment.address)
      .Field("total_size", segment.total_size)
      .Field("allocated_size", segment.allocated_size)
      .Field("active_size", segment.active_size)
      .Field("requested_size", segment.requested_size)
      .Field("stream", Address(segment.stream))
      .Text("segment_type", segment.is_large ? "large" : "small")
      .Pool("segment_pool_id", segment.owner_private_pool_id)
      .Field("is_expandable", segment.is_expandable)
      .Context(segment.context_when_allocated)
      .Key("blocks")
      .Open('[');
  size_t address = segment.address;
  for (const auto& block : segment.blocks) {
    writer.Open('{')
        .Field("address", address)
        .Field("size", block.size)
        .Field("requested_size", block.requested_size)
        .Text("state", block.allocated ? "active_allocated"
                       : block.active  ? "active_pending_free"
                                       : "inactive")
        .Context(block.context_when_allocated)
        .Close('}');
    address += block.size;
  }
  writer.Close(']').Close('}');
}

// PyTorch's words, in the order of TraceEntry::Action.
constexpr std::array kActions = {
    "alloc",       "free_requested", "free_completed", "segment_alloc", "segment_free",
    "segment_map", "segment_unmap",  "snapshot",       "oom",           "annotate",
};

void WriteEntry(Writer& writer, const allocator::TraceEntry& entry) {
  const auto action = static_cast<size_t>(entry.action_);
  const bool is_oom = entry.action_ == allocator::TraceEntry::OOM;
  writer.Open('{')
      .Text("action", action < kActions.size() ? kActions[action] : "unknown")
      // Of an out-of-memory error it is what the device had left.
      .Field(is_oom ? "device_free" : "addr", entry.addr_)
      .Field("size", entry.size_)
      .Field("stream", Address(entry.stream_))
      .Field("time_us", entry.time_.t_)
      .Pool("pool_id", PoolOf(entry))
      .Context(entry.context_)
      .Close('}');
}

}  // namespace

std::string MakeSnapshot(PoolId pool, bool include_traces) {
  const auto snapshot = TakeSnapshot(*allocator::get(), pool, include_traces);
  Writer writer;
  writer.Open('{').Key("segments").Open('[');
  for (const auto& segment : snapshot.segments) WriteSegment(writer, segment);
  writer.Close(']').Key("device_traces").Open('[');
  for (const auto& trace : snapshot.device_traces) {
    writer.Open('[');
    if (include_traces) {
      for (const auto& entry : trace) WriteEntry(writer, entry);
    }
    writer.Close(']');
  }
  const auto& settings = snapshot.config_metadata;
  writer.Close(']')
      .Key("allocator_settings")
      .Open('{')
      .Text("PYTORCH_CUDA_ALLOC_CONF", settings.last_allocator_settings)
      // What cannot be split stands for no limit.
      .Field("max_split_size", settings.max_split_size > INT64_MAX
                                   ? int64_t{-1}
                                   : static_cast<int64_t>(settings.max_split_size))
      .Field("garbage_collection_threshold", settings.garbage_collection_threshold)
      .Field("expandable_segments", settings.expandable_segments)
      .Field("release_lock_on_cudamalloc", ReleasesLock(settings))
      .Field("pinned_use_cuda_host_register", RegistersHostMemory(settings))
      .Close('}')
      .Key("external_annotations")
      .Open('[')
      .Close(']');
  return writer.Close('}').Take();
}

void StartHistory(const History& history, std::string (*stack)()) {
  stack_of_js = stack;
  const auto context = static_cast<allocator::RecordContext>(history.context);
  SetHistory(*allocator::get(), history.enabled,
             context == allocator::RecordContext::NEVER ? nullptr : GatherContext,
             static_cast<size_t>(history.max_entries), context, history.clear, history.skipped);
}

}  // namespace sconce::cuda
