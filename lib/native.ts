import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { builtMinors, loadStub, requireStub } from './addon.js';
import {
  IndexError,
  LinAlgError,
  NotImplementedError,
  OutOfMemoryError,
  TorchError,
  ValueError,
} from './errors.js';
import type { Handle } from './handle.js';
import { requireLibtorch } from './libtorch.js';
import type { NestedStats } from './memory-stats.js';
import type { StreamPair } from './streams.js';
import { warn } from './warnings.js';

/** A tensor's slot id. 0 stands for none. */
type Id = number;
type Bytes = ArrayBuffer | ArrayBufferView;

/** A node of autograd's graph in native code. */
type NodeId = number;

/** A memory pool of CUDA's allocator. */
type PoolId = readonly [bigint, bigint];

/** What is differentiated, or with respect to what. */
export type Target = Id | [node: NodeId, output: number];

/** What the addon exports. Ids go in and out; `holder` is the JS object of a new tensor. */
export interface Native {
  setErrorClasses(classes: unknown[]): void;
  setWarningReceiver(receive: (message: string, isDeprecation: boolean) => void): void;
  setCollector(collect: ((minor: boolean) => void) | null, schedule: () => void): void;
  collect(minor: boolean): void;
  idle(): void;
  liveTensors(): number;
  liveBytes(): number;

  setScratch(values: Float64Array, kinds: Uint8Array): void;
  call(holder: object, ...objects: unknown[]): unknown;
  resolveOperator(name: string, isMethod: boolean, overloads: string[]): number;
  parameterNames(operator: number): string[];
  operatorNames(): string[];
  operatorSchema(name: string): string | undefined;
  nameId(name: string): number;

  attach(id: Id, holder: object): void;
  release(id: Id): void;
  beginScope(): void;
  endScope(kept: Id[]): Handle[];
  keep(id: Id): void;
  detachedAlias(id: Id, holder: object): Id;
  sizes(id: Id): number[];
  strides(id: Id): number[];
  dim(id: Id): number;
  numel(id: Id): number;
  dtype(id: Id): number;
  device(id: Id): number;
  layout(id: Id): number;
  qscheme(id: Id): number;
  isNested(id: Id): boolean;
  gradDType(id: Id): number;
  setGradDType(id: Id, dtype: number): void;
  storageOffset(id: Id): number;
  isContiguous(id: Id, memoryFormat?: number): boolean;
  dataPointer(id: Id): bigint;
  storagePointer(id: Id): bigint;
  storageBytes(id: Id): number;
  version(id: Id): number;
  isSame(id: Id, other: Id): boolean;
  item(id: Id): number | bigint | boolean | [real: number, imag: number];

  fromBytes(
    bytes: Bytes,
    shape: readonly number[],
    dtype: number,
    copy: boolean,
    holder: object,
  ): Id;
  toBytes(id: Id): ArrayBuffer;
  shareBytes(id: Id): ArrayBuffer;
  isResizable(id: Id): boolean;
  resizeStorage(id: Id, bytes: number): void;

  setMemoryLimit(bytes: number): void;
  memoryLimit(): number;
  startTracing(capture: () => string): void;
  stopTracing(): void;
  isTracing(): boolean;
  tracedMemory(): [now: number, peak: number];
  tracedSites(): [lines: string[], bytes: number[], blocks: number[]];
  setHeldReceiver(warn: (count: number) => void): void;

  isSharedMemory(id: Id): boolean;
  shareMemory(id: Id): void;
  storageFilename(id: Id): string | undefined;

  createHandle(
    ids: Id[],
    isMoved: boolean,
    buffer: SharedArrayBuffer,
    bytes: Uint8Array<SharedArrayBuffer>,
  ): void;
  openHandle(token: Uint8Array): Id[] | undefined;
  closeHandle(token: Uint8Array): boolean;
  sweepHandles(): number;
  handleBytes(): number;

  select(id: Id, index: number, holder: object): Id;
  getItem(id: Id, items: readonly number[], holder: object): Id;
  setItem(id: Id, items: readonly number[], value: Id): void;

  /** The tensor in the CPU's memory, once what was called before is done. */
  readAsync(id: Id, copies: boolean): Promise<Id>;
  /** Whether work is queued off the JS thread. */
  isAsyncBusy(): boolean;

  tapeBegin(ids: Id[]): void;
  tapeAbort(): void;
  tapeEnd(
    results: Id[],
  ): [tape: unknown, reason: string | null, op: string | null, stack: string | null, ...number[]];
  tapeRefuse(reason: string): void;
  tapeDifference(before: unknown, now: unknown): string | undefined;
  tapeOptimize(tape: unknown): void;
  tapeSize(tape: unknown): number;
  tapeGuard(tape: unknown, ids: Id[]): string | undefined;
  tapeSubmit(tape: unknown, ids: Id[], numbers: number[]): Promise<Id[]> | null | undefined;
  tapeRun(tape: unknown, ids: Id[], numbers: number[]): Id[] | undefined;
  replaySettle(): void;
  asyncIdle(): Promise<void>;
  threadState(): unknown;
  underState<R>(state: unknown, run: () => R): R;
  peek(id: Id): number;
  announceLive(argument: number, programs: (readonly number[])[]): void;

  archiveWrite(path: string, names: string[], payloads: (Uint8Array | Id)[]): void;
  archiveOpen(path: string): number;
  archiveClose(archive: number): void;
  archiveNames(archive: number): string[];
  archiveBytes(archive: number, name: string): ArrayBuffer;
  archiveStorage(archive: number, name: string, bytes: number, isMapped: boolean): Id;
  storageView(
    storage: Id,
    dtype: number,
    offset: number,
    sizes: readonly number[],
    strides: readonly number[],
    isConj: boolean,
    isNeg: boolean,
  ): Id;

  requiresGrad(id: Id): boolean;
  setRequiresGrad(id: Id, requiresGrad: boolean): void;
  isLeaf(id: Id): boolean;
  retainGrad(id: Id): void;
  retainsGrad(id: Id): boolean;
  grad(id: Id, last: Id): Id;
  setGrad(id: Id, gradient: Id): void;
  clearGrads(ids: Id[], setToNone: boolean): void;
  setData(id: Id, data: Id): void;
  runBackward(
    outputs: Target[],
    gradients: Id[],
    retainGraph: boolean | undefined,
    createGraph: boolean,
    inputs: Target[],
    accumulates: boolean,
  ): Id[];
  isGradEnabled(): boolean;
  setGradEnabled(enabled: boolean): void;
  isInferenceMode(): boolean;
  enterInferenceMode(enabled: boolean): unknown;
  exitInferenceMode(guard: unknown): void;
  registerHook(id: Id, callback: (gradient: Id) => Id | undefined): number;
  removeHook(id: Id, position: number): void;
  registerPostAccumulateHook(id: Id, callback: (tensor: Handle | Id) => void): number;
  removePostAccumulateHook(id: Id, key: number): void;

  gradFn(id: Id): object | NodeId | undefined;
  gradientNode(id: Id): object | NodeId | undefined;
  attachNode(node: NodeId, holder: object): void;
  nodeName(node: NodeId): string;
  nodeSequence(node: NodeId): number;
  nextEdges(node: NodeId): (object | number | null)[];
  nodeInputs(node: NodeId): (number[] | null)[];
  nodeMetadata(node: NodeId, fresh: object): object;
  registerNodeHook(
    node: NodeId,
    callback: (first: Id[], second: Id[]) => Id[] | undefined,
    isPreHook: boolean,
  ): number;
  removeNodeHook(node: NodeId, key: number, isPreHook: boolean): void;
  setLinks(link: (holder: object, value: unknown) => void, unlink: () => void): void;
  bumpVersion(id: Id): void;
  graphTask(): number;
  isCheckpointValid(): boolean;
  willExecute(id: Id): boolean;

  innermostTransform():
    | [kind: number, level: number, batchSize: number, randomness: number]
    | undefined;
  lowerTransform(): void;
  raiseTransform(): void;
  beginFunction(context: object, name: string, inputs: Id[]): NodeId;
  abortFunction(node: NodeId): void;
  endFunction(
    node: NodeId,
    context: object,
    inputs: Id[],
    outputs: Id[],
    dirty: Id[],
    nonDifferentiable: Id[],
    saved: Id[],
    flags: number,
  ): Id[];
  savedTensors(node: NodeId): Id[];
  setFunctionRunners(
    backward: (context: object, gradients: Id[]) => Id[],
    jvp: (context: object, tangents: Id[]) => Id[],
  ): void;
  delayedError(message: string, tensors: Id[]): Id[];
  undefinedGrad(id: Id): Id[];

  pushSavedTensorHooks(pack: (id: Id) => unknown, unpack: (packed: unknown) => Id): void;
  popSavedTensorHooks(): void;
  watchMutation(callback: ((ids: Id[]) => void) | null): void;

  setAnomalyMode(enabled: boolean, checkNaN: boolean): void;
  isAnomalyMode(): boolean;
  shouldCheckNaN(): boolean;
  setStackCapture(capture: () => string): void;
  setMultithreading(enabled: boolean): void;
  isMultithreading(): boolean;

  pushGrad(): number;
  pushJvp(): number;
  pushVmap(batchSize: number, randomness: number): number;
  pushFunctionalize(reapplyViews: boolean): number;
  popTransform(): void;
  hideTransforms(hidden: boolean): boolean;
  addBatchDim(id: Id, dim: number, level: number): Id;
  removeBatchDim(id: Id, level: number, batchSize: number, outDim: number): Id;
  wrapForGrad(id: Id, level: number): Id;
  unwrapForGrad(id: Id, level: number): Id;
  trackGrad(id: Id): void;
  wrapFunctional(id: Id, level: number): Id;
  unwrapFunctional(id: Id, reapplyViews: boolean): Id;
  propagateMutation(id: Id, wrapped: Id): void;
  wrapperOf(id: Id): [kind: number, level: number, batchDim: number];
  unwrapped(id: Id): Id;
  checkRequiresGradInPlace(): void;
  disableSavedTensorsHooks(message: string | null): string | undefined;
  enterDualLevel(): number;
  exitDualLevel(level: number): void;
  setForwardGradEnabled(enabled: boolean): boolean;

  manualSeed(seed: bigint): void;
  createGenerator(device: number, holder: object): number;
  defaultGenerator(device: number, holder: object): number;
  generatorManualSeed(generator: number, seed: bigint): void;
  generatorSeed(generator: number): bigint;
  generatorInitialSeed(generator: number): bigint;
  generatorGetState(generator: number, holder: object): Id;
  generatorSetState(generator: number, state: Id): void;
  generatorDevice(generator: number): number;
  setNumThreads(count: number): void;
  getNumThreads(): number;
  setNumInteropThreads(count: number): void;
  getNumInteropThreads(): number;
  setDefaultDType(dtype: number): void;
  getDefaultDType(): number;
  setDefaultDevice(device: number): void;
  isAutocastEnabled(deviceType: number): boolean;
  setAutocastEnabled(deviceType: number, enabled: boolean): void;
  autocastDType(deviceType: number): number;
  setAutocastDType(deviceType: number, dtype: number): void;
  clearAutocastCache(): void;
  autocastNesting(enter: boolean): number;
  isAutocastCacheEnabled(): boolean;
  setAutocastCacheEnabled(enabled: boolean): void;
  setDeterministicAlgorithms(mode: boolean, warnOnly: boolean): void;
  deterministicAlgorithms(): boolean;
  deterministicAlgorithmsWarnOnly(): boolean;
  setFloat32MatmulPrecision(precision: string): void;
  float32MatmulPrecision(): number;
  setFlushDenormal(mode: boolean): boolean;
  setWarnAlways(mode: boolean): void;
  warnAlways(): boolean;
  torchVersion(): string;
  showConfig(): string;
  parallelInfo(): string;
  cpuCapability(): string;

  cudaDeviceCount(): number;

  newCudaGraph(keepGraph: boolean): object;
  cudaGraphCaptureBegin(graph: object, pool: PoolId | null, mode: number): void;
  cudaGraphCaptureEnd(graph: object): void;
  cudaGraphInstantiate(graph: object): void;
  cudaGraphReplay(graph: object): void;
  cudaGraphReset(graph: object): void;
  cudaGraphPool(graph: object): PoolId;
  cudaGraphEnableDebugMode(graph: object): void;
  cudaGraphDebugDump(graph: object, path: string): void;
  cudaGraphRaw(graph: object): bigint;
  cudaGraphRawExec(graph: object): bigint;
  newCudaPool(): PoolId;
  isCudaStreamCapturing(): boolean;
  cudaSnapshot(pool: PoolId | null, includeTraces: boolean): string;
  setCudaMemoryFraction(fraction: number, device: number): void;
  cudaMemoryFraction(device: number): number;
  cudaRecordHistory(
    enabled: boolean,
    context: number,
    maxEntries: number,
    clear: boolean,
    skipped: readonly string[],
  ): void;
  hasCuda(): boolean;
  initCuda(): void;
  isCudaInitialized(): boolean;
  /** The code of the type of accelerator that this libtorch has, or -1. */
  accelerator(): number;
  acceleratorCount(type: number): number;
  currentDevice(device: number): number;
  exchangeDevice(device: number): number;
  synchronizeDevice(device: number): void;
  emptyCache(device: number): void;
  emptyHostCache(device: number): void;
  memoryStats(device: number): NestedStats;
  hostMemoryStats(device: number): NestedStats;
  resetMemoryStats(device: number, peaks: boolean, host: boolean): void;
  memoryInfo(device: number): [free: number, total: number];
  cudaManualSeed(seed: bigint, all: boolean): void;
  cudaSeed(all: boolean): void;
  cudaSetRngState(state: Id, index: number): void;

  deviceAttributes(index: number, attributes: number[]): number[];
  deviceName(index: number): string;
  deviceUuid(index: number): string;
  deviceMemory(index: number): number;
  canAccessPeer(index: number, peer: number): boolean;
  gpuSensor(index: number, sensor: string): number;
  gpuProcesses(index: number): number[];

  newStream(device: number, priority: number): StreamPair;
  currentStream(device: number): StreamPair;
  defaultStream(device: number): StreamPair;
  setStream(...stream: StreamPair): void;
  queryStream(...stream: StreamPair): boolean;
  synchronizeStream(...stream: StreamPair): void;
  streamHandle(...stream: StreamPair): bigint;
  streamPriority(...stream: StreamPair): number;
  recordStream(id: Id, ...stream: StreamPair): void;
  newEvent(device: number, timing: boolean, holder: object): number;
  recordEvent(event: number, ...stream: StreamPair): void;
  waitEvent(event: number, ...stream: StreamPair): void;
  queryEvent(event: number): boolean;
  synchronizeEvent(event: number, sleeps: boolean): void;
  elapsedTime(start: number, end: number): number;
  eventDone(event: number): Promise<void>;
  eventHandle(event: number): bigint;
  eventDevice(event: number): number;

  getSwitch(name: string): boolean;
  setSwitch(name: string, value: boolean): void;
  hasBackend(name: string): boolean;
  fp32Precision(backend: string, op: string): string;
  setFp32Precision(backend: string, op: string, precision: string): void;
  reduction(isBfloat16: boolean): [reduced: boolean, splitK: boolean];
  setReduction(isBfloat16: boolean, reduced: boolean, splitK: boolean): void;
  sdpPriority(): number[];
  setSdpPriority(order: number[]): void;
  preferredLibrary(which: 'blas' | 'linalg', choice?: number): number;
  benchmarkLimit(limit?: number): number;
  depthwiseKernel(kernel?: string): string;
  cudnnVersion(): number;
  setVerbose(library: 'mkl' | 'mkldnn', level: number): boolean;
  qEngine(engine?: number): number;
  supportedQEngines(): number[];
  planCache(gpu: number, what: 'size' | 'maxSize' | 'clear', size?: number): number;

  pow(base: number, exponent: number): number;
  cos(x: number): number;
  log(x: number): number;
}

function load(): Native {
  const stub = requireStub();
  const libtorch = requireLibtorch({ minors: builtMinors(stub) });
  const { load } = loadStub<Native>(stub);
  try {
    return load(libtorch.libdir, libtorch.flavour);
  } catch (cause) {
    const { message, code } = cause as Error & { code?: string };
    const where = `libtorch ${libtorch.version} in ${libtorch.libdir}`;
    throw new TorchError(`${message} (${where}): run \`npx sconce doctor\``, { code, cause });
  }
}

/** V8's collector, whether or not Node was started with `--expose-gc`. */
function findCollector(): ((minor: boolean) => void) | null {
  try {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as (minor: boolean) => void;
    setFlagsFromString('--no-expose-gc');
    return (minor) => (minor ? gc(true) : (gc as () => void)());
  } catch {
    return null;
  }
}

/** How long the event loop must have had its turn before garbage is looked for, in milliseconds. */
const IDLE_DELAY = 100;

/** The addon, over the libtorch that was found. */
export const native: Native = load();

native.setErrorClasses([
  TorchError,
  IndexError,
  ValueError,
  TypeError,
  NotImplementedError,
  LinAlgError,
  OutOfMemoryError,
]);
native.setWarningReceiver((message, isDeprecation) =>
  warn(message, isDeprecation ? 'DeprecationWarning' : 'UserWarning'),
);
native.setCollector(findCollector(), () => {
  setTimeout(() => native.idle(), IDLE_DELAY).unref();
});
