import {
  type Application,
  Comment,
  CommentTag,
  Context,
  Converter,
  type DeclarationReflection,
  ParameterReflection,
  ReflectionFlag,
  ReflectionKind,
  type SignatureReflection,
} from 'typedoc';
import ts from 'typescript';

/** What a call may be given by name, by its signature. */
type Options = Map<SignatureReflection, Set<string>>;

/**
 * Signatures as one reads them: the arguments of `...args: Call<...>` one by one, and what the
 * comment says of those that are given by name.
 */
export function readSignatures(app: Application): void {
  const options: Options = new Map();
  functionsOf(Context.prototype);
  const spread: (() => void)[] = [];
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, (context, reflection, _node, signature) => {
    if (!signature) return;
    spread.push(spreadRest(context, reflection, signature));
    options.set(reflection, namesOf(context, signature));
  });
  app.converter.on(
    Converter.EVENT_RESOLVE_BEGIN,
    ({ project }) => {
      for (const replace of spread.splice(0)) replace();
      for (const owner of project.getReflectionsByKind(
        ReflectionKind.All,
      ) as DeclarationReflection[]) {
        if (owner.kindOf(ReflectionKind.Class)) toConstructor(owner);
      }
      for (const owner of project.getReflectionsByKind(
        ReflectionKind.All,
      ) as DeclarationReflection[]) {
        for (const { parameters = [] } of owner.signatures ?? []) {
          for (const parameter of parameters) parameter.name = plainName(parameter.name);
        }
        dropByName(owner, options);
        sortParameters(app, owner, options);
      }
      options.clear();
    },
    1000,
  );
}

/** Has a constant that holds a function be documented as one. */
function functionsOf(prototype: Context): void {
  const { getComment } = prototype;
  prototype.getComment = function (symbol, kind) {
    const comment = getComment.call(this, symbol, kind);
    if (kind !== ReflectionKind.Variable) return comment;
    const type = this.checker.getTypeOfSymbol(symbol);
    const isFunction = type.getCallSignatures().length > 0 && type.getProperties().length === 0;
    if (isFunction) comment?.modifierTags.add('@function');
    return comment;
  };
}

interface Argument {
  name: string;
  type: ts.Type;
  isOptional: boolean;
}

/** The names of a tuple's elements; what has none holds those given by name. */
function labelsOf({ target }: ts.TupleTypeReference): string[] {
  const { labeledElementDeclarations: labels, elementFlags } = target;
  return elementFlags.map((_, i) => labels?.[i]?.name.getText() ?? 'options');
}

/** The arguments of a rest parameter whose type is one tuple, or tuples of which each is a way to call. */
function argumentsOf({ checker }: Context, type: ts.Type): Argument[] | undefined {
  const members = type.isUnion() ? type.types : [type];
  const tuples = members.filter((member): member is ts.TupleTypeReference =>
    checker.isTupleType(member),
  );
  if (tuples.length === 0 || tuples.length !== members.length) return undefined;
  if (tuples.some(({ target }) => target.combinedFlags & ts.ElementFlags.Variable))
    return undefined;
  const least = Math.min(...tuples.map(({ target }) => target.minLength));
  const longest = tuples.reduce((a, b) =>
    checker.getTypeArguments(b).length > checker.getTypeArguments(a).length ? b : a,
  );
  const labels = labelsOf(longest);
  const agrees = tuples.every((tuple) => {
    const own = labelsOf(tuple);
    return own.every(
      (label, i) => label === labels[i] || (i === own.length - 1 && label === 'options'),
    );
  });
  if (!agrees) return undefined;
  return checker.getTypeArguments(longest).map((element, i) => ({
    name: labels[i] as string,
    type: element,
    isOptional: i >= least,
  }));
}

/** Converts the arguments of a rest parameter; they take its place when the returned function runs. */
function spreadRest(
  context: Context,
  reflection: SignatureReflection,
  signature: ts.Signature,
): () => void {
  const rest = signature.parameters.at(-1);
  const last = reflection.parameters?.at(-1);
  const given = rest && argumentsOf(context, context.checker.getTypeOfSymbol(rest));
  if (!given || !last?.flags.isRest) return () => {};
  const own = context.withScope(reflection);
  const parameters = given.map(({ name, type, isOptional }) => {
    const parameter = new ParameterReflection(name, ReflectionKind.Parameter, reflection);
    parameter.type = context.converter.convertType(own.withScope(parameter), type);
    if (isOptional) parameter.setFlag(ReflectionFlag.Optional);
    context.registerReflection(parameter, undefined);
    return parameter;
  });
  return () => {
    context.project.removeReflection(last);
    reflection.parameters = [...(reflection.parameters ?? []), ...parameters];
  };
}

/** A name without the underscore that marks a parameter as unused. */
const plainName = (name: string) => name.replace(/^_/, '');

/** The names of parameters, and of what may be given by name. */
function namesOf(context: Context, signature: ts.Signature): Set<string> {
  const names = new Set<string>();
  const add = (type: ts.Type) => {
    for (const part of type.isUnion() ? type.types : [type]) {
      if (context.checker.isTupleType(part)) {
        for (const label of labelsOf(part as ts.TupleTypeReference)) names.add(label);
        for (const element of context.checker.getTypeArguments(part as ts.TypeReference))
          add(element);
      } else if (part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) {
        for (const { name } of part.getProperties()) names.add(name);
      }
    }
  };
  for (const parameter of signature.parameters) {
    names.add(plainName(parameter.name));
    add(context.checker.getTypeOfSymbol(parameter));
  }
  return names;
}

/**
 * Drops the generated overloads that only give by name what another takes by position: every
 * argument may be.
 */
function dropByName(owner: DeclarationReflection, options: Options): void {
  const { signatures = [], project } = owner;
  const names = ({ parameters = [] }: SignatureReflection) => parameters.map(({ name }) => name);
  const byName = signatures.filter((signature) => {
    const own = names(signature);
    if (own.pop() !== 'options') return false;
    const given = options.get(signature) ?? new Set();
    return signatures.some((other) => {
      const others = names(other).filter((name) => name !== 'options');
      const rest = others.slice(own.length);
      const begins = rest.length > 0 && own.every((name, i) => name === others[i]);
      return begins && rest.every((name) => given.has(name));
    });
  });
  for (const signature of byName) project.removeReflection(signature);
}

/** The comment of a class tells its constructor's parameters. */
function toConstructor(owner: DeclarationReflection): void {
  const tags = owner.comment?.getTags('@param') ?? [];
  if (tags.length === 0) return;
  owner.comment?.removeTags('@param');
  const made = owner.children?.find(({ kind }) => kind === ReflectionKind.Constructor);
  for (const signature of made?.signatures ?? []) {
    signature.comment ??= new Comment();
    signature.comment.blockTags.unshift(...tags.map((tag) => tag.clone()));
  }
}

/** What is given by name only is listed apart from the parameters. */
function sortParameters(app: Application, owner: DeclarationReflection, options: Options): void {
  const { signatures = [] } = owner;
  const known = new Set(signatures.flatMap((signature) => [...(options.get(signature) ?? [])]));
  for (const signature of signatures) {
    // TypeDoc keeps the comment of a function that has no overloads with the function.
    const comment = signature.comment ?? (signatures.length === 1 ? owner.comment : undefined);
    if (!comment) continue;
    const parameters = new Set(signature.parameters?.map(({ name }) => name));
    const byName = comment.getTags('@param').filter(({ name = '' }) => !parameters.has(name));
    if (byName.length === 0) continue;
    const items = byName.map(({ name = '', content }) => {
      const option = name.replace(/^options\./, '');
      if (!known.has(option)) {
        const where = signature.getFriendlyFullName();
        app.logger.warn(`The comment of ${where} tells of ${name}, which it does not take`);
      }
      return [
        { kind: 'code' as const, text: `\`${option}\`` },
        { kind: 'text' as const, text: ': ' },
        ...content,
      ];
    });
    const list = items.flatMap((item) => [
      { kind: 'text' as const, text: '\n- ' },
      ...item.map((part) => ({ ...part, text: part.text.trimEnd().replace(/\n/g, '\n  ') })),
    ]);
    const rest = comment.blockTags.filter((tag) => !byName.includes(tag));
    const at = rest.findLastIndex(({ tag }) => tag === '@param') + 1;
    comment.blockTags = rest.toSpliced(at, 0, new CommentTag('@options', list));
  }
}
