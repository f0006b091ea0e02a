import { join, relative } from 'node:path';
import {
  API,
  type Checker,
  type Symbol as CompilerSymbol,
  SignatureKind,
  SymbolFlags,
} from 'typescript/unstable/sync';

/** A class, function, method or accessor of the public surface, and how it is documented. */
export interface Documented {
  /** How it is reached: `nn.Conv2d`, `Tensor.backward`. */
  name: string;
  /** Where it is declared, relative to the repository. */
  file: string;
  isMember: boolean;
  summary: string;
  /** The texts of the tags by name, `see` say; several of a name in one. */
  tags: Map<string, string>;
}

const hasFlag = (symbol: CompilerSymbol, flags: SymbolFlags) => (symbol.flags & flags) !== 0;

/** Walks what a module exports, and what hangs on that, from one checker. */
class Walk {
  readonly found: Documented[] = [];
  readonly #seen = new Set<number>();

  constructor(
    readonly root: string,
    readonly checker: Checker,
  ) {}

  module(symbol: CompilerSymbol, prefix: string): void {
    for (const exported of this.checker.getExportsOfModule(symbol)) this.visit(exported, prefix);
  }

  /** What an export or a property is: a class, a function, or something that holds more. */
  visit(symbol: CompilerSymbol, prefix: string): void {
    const { checker } = this;
    const target = hasFlag(symbol, SymbolFlags.Alias) ? checker.getAliasedSymbol(symbol) : symbol;
    if (!hasFlag(target, SymbolFlags.Value)) return;
    const type = checker.getTypeOfSymbol(target);
    const behind = type?.getSymbol();
    const name = prefix === '' ? symbol.name : `${prefix}.${symbol.name}`;
    const holder = [target, behind].find((one) => one && hasFlag(one, SymbolFlags.ValueModule));
    if (holder) {
      if (this.#isNew(holder)) this.module(holder, name);
      return;
    }
    if (!type) return;
    const isCallable = [SignatureKind.Call, SignatureKind.Construct].some(
      (kind) => checker.getSignaturesOfType(type, kind).length > 0,
    );
    // What is imported and put into an object is documented where it is written.
    const own =
      behind && hasFlag(behind, SymbolFlags.Function | SymbolFlags.Class) ? behind : target;
    // `torch` and the plain objects in it, `torch.backends` say, hold functions as modules do.
    const isObject = behind && hasFlag(behind, SymbolFlags.ObjectLiteral);
    if (isCallable) this.#add(own, name);
    else if (isObject || name === 'torch') {
      for (const property of checker.getPropertiesOfType(type)) this.visit(property, name);
    }
  }

  #isNew({ id }: CompilerSymbol): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  }

  #add(symbol: CompilerSymbol, name: string): void {
    const [declaration] = symbol.declarations;
    if (!declaration || !this.#isNew(symbol)) return;
    const file = relative(this.root, declaration.path);
    if (!file.startsWith('lib/') || file.startsWith('lib/generated/')) return;
    this.#document(symbol, name, file, false);
    if (!hasFlag(symbol, SymbolFlags.Class)) return;
    const methods = SymbolFlags.Method | SymbolFlags.Accessor;
    for (const member of [...symbol.getMembers().values(), ...symbol.getExports().values()]) {
      const isPublic = /^[a-zA-Z]/.test(member.name) && hasFlag(member, methods);
      if (isPublic) this.#document(member, `${name}.${member.name}`, file, true);
    }
  }

  #document(symbol: CompilerSymbol, name: string, file: string, isMember: boolean): void {
    const tags = new Map<string, string>();
    for (const { name: tag, text = '' } of this.checker.getJsDocTagsOfSymbol(symbol)) {
      tags.set(tag, `${tags.get(tag) ?? ''}${text}\n`);
    }
    if (tags.has('internal')) return;
    const summary = this.checker.getDocumentationCommentOfSymbol(symbol);
    this.found.push({ name, file, isMember, summary, tags });
  }
}

/** What the package exports, and the classes whose members lib/tensor.ts gives to Tensor. */
const entries = [
  'lib/index.ts',
  'lib/vision/index.ts',
  'lib/tensor-async.ts',
  'lib/tensor-conversions.ts',
  'lib/tensor-elements.ts',
  'lib/tensor-functional.ts',
  'lib/tensor-hooks.ts',
  'lib/tensor-indexing.ts',
  'lib/tensor-storage.ts',
];

/** The hand-written public surface, as TypeScript sees it from lib's entry points. */
export function publicSurface(root: string): Documented[] {
  const api = new API({ cwd: root });
  try {
    const config = join(root, 'tsconfig.build.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error(`TypeScript does not open ${config}`);
    const walk = new Walk(root, project.checker);
    for (const entry of entries) {
      const source = project.program.getSourceFile(join(root, entry));
      const module = source && project.checker.getSymbolAtLocation(source);
      if (!module) throw new Error(`TypeScript does not find ${entry}`);
      walk.module(module, '');
    }
    return walk.found;
  } finally {
    api.close();
  }
}
