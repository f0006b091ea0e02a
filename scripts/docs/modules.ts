import { relative, resolve } from 'node:path';
import { type Application, type Comment, type Context, Converter, ReflectionKind } from 'typedoc';
import ts from 'typescript';

export const root = resolve(import.meta.dirname, '../..');

/** The pages of the reference, named as PyTorch's packages, by the sources of each. */
export const modules: Readonly<Record<string, string>> = {
  'lib/torch.ts': 'torch',
  'lib/nn/index.ts': 'nn',
  'lib/nn/functional.ts': 'nn.functional',
  'lib/nn/init.ts': 'nn.init',
  'lib/nn/modules/lazy.ts': 'nn.modules.lazy',
  'lib/nn/modules/global-hooks.ts': 'nn.modules.module',
  'lib/nn/utils/index.ts': 'nn.utils',
  'lib/nn/utils/parametrizations.ts': 'nn.utils.parametrizations',
  'lib/nn/utils/parametrize.ts': 'nn.utils.parametrize',
  'lib/nn/utils/prune.ts': 'nn.utils.prune',
  'lib/nn/utils/rnn.ts': 'nn.utils.rnn',
  'lib/optim/index.ts': 'optim',
  'lib/optim/lr-scheduler/index.ts': 'optim.lrScheduler',
  'lib/optim/swa-utils/index.ts': 'optim.swaUtils',
  'lib/autograd/index.ts': 'autograd',
  'lib/autograd/forward-ad.ts': 'autograd.forwardAd',
  'lib/autograd/functional.ts': 'autograd.functional',
  'lib/autograd/graph.ts': 'autograd.graph',
  'lib/func/index.ts': 'func',
  'lib/amp/index.ts': 'amp',
  'lib/cuda/index.ts': 'cuda',
  'lib/cuda/memory-module.ts': 'cuda.memory',
  'lib/accelerator/index.ts': 'accelerator',
  'lib/mps/index.ts': 'mps',
  'lib/xpu/index.ts': 'xpu',
  'lib/memory/index.ts': 'memory',
  'lib/random.ts': 'random',
  'lib/nn/attention/index.ts': 'nn.attention',
  'lib/utils/data/index.ts': 'utils.data',
  'lib/utils/checkpoint.ts': 'utils.checkpoint',
  'lib/distributions/index.ts': 'distributions',
  'lib/distributions/constraints.ts': 'distributions.constraints',
  'lib/masked/index.ts': 'masked',
  'lib/signal/windows/index.ts': 'signal.windows',
  'lib/testing/index.ts': 'testing',
  'lib/copy.ts': 'copy',
  'lib/vision/datasets/index.ts': 'vision.datasets',
  'lib/vision/models/index.ts': 'vision.models',
  'lib/vision/transforms/index.ts': 'vision.transforms',
  'lib/vision/transforms/functional.ts': 'vision.transforms.functional',
  'lib/index.ts': 'sconce',
};

/** Gives each module and guide its name, and unfolds the object `torch` into what it holds. */
export function nameModules(app: Application): void {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const text = document.content.map((part) => part.text).join('');
    document.name = /^# (.*)$/m.exec(text)?.[1] ?? document.name;
  });
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const declaration = context.getSymbolFromReflection(reflection)?.declarations?.[0];
    if (!declaration) return;
    if (reflection.kindOf(ReflectionKind.Module) && ts.isSourceFile(declaration)) {
      const name = modules[relative(root, declaration.fileName)];
      if (name) reflection.name = name;
    } else if (reflection.name === 'torch' && reflection.kindOf(ReflectionKind.Variable)) {
      unfold(context, context.checker.getTypeAtLocation(declaration));
    }
  });
}

/** Documents each property of an object where the object is. */
function unfold(context: Context, type: ts.Type): void {
  for (const property of type.getProperties()) {
    if (/^_/.test(property.name)) continue;
    const [declaration] = property.declarations ?? [];
    const valueType = context.checker.getTypeOfSymbol(property);
    const value = valueType.getSymbol();
    if (declaration && ts.isMethodSignature(declaration)) {
      const method = context.getSymbolAtLocation(declaration.name);
      if (method) context.converter.convertSymbol(context, method, property);
    } else if (value && isDeclared(context, value, valueType)) {
      context.converter.convertSymbol(context, value, property);
    } else if (value && value.flags & ts.SymbolFlags.ValueModule) {
      // A module has a page of its own.
    } else if (isNamespace(context, valueType)) {
      unfold(namespace(context, property, valueType), valueType);
    } else {
      context.converter.convertSymbol(context, property);
    }
  }
}

/** Whether a value is a function or a class, rather than an instance of one. */
function isDeclared({ checker }: Context, value: ts.Symbol, type: ts.Type): boolean {
  const isEither = value.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class);
  return isEither !== 0 && checker.getTypeOfSymbol(value) === type;
}

/** Whether an object is there for the functions in it. */
function isNamespace(context: Context, type: ts.Type): boolean {
  const isClass = (type.getSymbol()?.flags ?? 0) & ts.SymbolFlags.Class;
  const isObject = type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection);
  if (isClass || !isObject) return false;
  return type.getProperties().some((property) => {
    const file = property.declarations?.[0]?.getSourceFile().fileName ?? '';
    // Not what the language itself has: arrays and functions have functions too.
    if (!relative(root, file).startsWith('lib/')) return false;
    const inner = context.checker.getTypeOfSymbol(property);
    return inner.getCallSignatures().length > 0 || isNamespace(context, inner);
  });
}

function namespace(context: Context, property: ts.Symbol, type: ts.Type): Context {
  const made = context.createDeclarationReflection(
    ReflectionKind.Namespace,
    type.getSymbol() ?? property,
    property,
  );
  const comment = commentOf(context, property, type);
  if (comment) made.comment = comment;
  context.finalizeDeclarationReflection(made);
  return context.withScope(made);
}

/** What is said of an object where it is made, or else of its type. */
function commentOf(context: Context, property: ts.Symbol, type: ts.Type): Comment | undefined {
  const declaration = property.declarations?.find(ts.isShorthandPropertyAssignment);
  const value = declaration && context.checker.getShorthandAssignmentValueSymbol(declaration);
  const made =
    value && context.getComment(context.resolveAliasedSymbol(value), ReflectionKind.Variable);
  const its = type.getSymbol();
  return made ?? (its && context.getComment(its, ReflectionKind.Interface));
}
