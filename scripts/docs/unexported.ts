import { relative } from 'node:path';
import { type Application, Context, Converter } from 'typedoc';
import ts from 'typescript';
import { modules, root } from './modules.js';

/** Shows a type that nobody can import as what it stands for, where it is used. */
export function inlineUnexported(app: Application): void {
  let hidden = new Set<ts.Symbol>();
  app.converter.on(Converter.EVENT_BEGIN, ({ programs: [program] }) => {
    if (program) hidden = unexported(program);
  });
  app.converter.on(Converter.EVENT_END, () => hidden.clear());
  const { shouldInline } = Context.prototype;
  Context.prototype.shouldInline = function (symbol, name) {
    return hidden.has(this.resolveAliasedSymbol(symbol)) || shouldInline.call(this, symbol, name);
  };
}

/** The types of the sources that no module of the reference exports. */
function unexported(program: ts.Program): Set<ts.Symbol> {
  const checker = program.getTypeChecker();
  const exported = new Set<ts.Symbol>();
  const hidden = new Set<ts.Symbol>();
  const own = program.getSourceFiles().filter(({ fileName }) => {
    const path = relative(root, fileName);
    return path.startsWith('lib/') && !path.startsWith('lib/generated/');
  });
  for (const file of own) {
    const module = checker.getSymbolAtLocation(file);
    if (!module || !(relative(root, file.fileName) in modules)) continue;
    for (const symbol of checker.getExportsOfModule(module)) {
      const isAlias = symbol.flags & ts.SymbolFlags.Alias;
      exported.add(isAlias ? checker.getAliasedSymbol(symbol) : symbol);
    }
  }
  for (const statement of own.flatMap(({ statements }) => [...statements])) {
    if (!ts.isTypeAliasDeclaration(statement) && !ts.isInterfaceDeclaration(statement)) continue;
    const symbol = checker.getSymbolAtLocation(statement.name);
    if (!symbol || exported.has(symbol) || isComputed(statement)) continue;
    // What has a class in it stays a name.
    if (!hasClass(checker, checker.getDeclaredTypeOfSymbol(symbol))) hidden.add(symbol);
  }
  return hidden;
}

/** Whether a type follows from others by a condition: written out, it says less than its name. */
function isComputed(statement: ts.TypeAliasDeclaration | ts.InterfaceDeclaration): boolean {
  if (!ts.isTypeAliasDeclaration(statement)) return false;
  return ts.isConditionalTypeNode(statement.type) || ts.isMappedTypeNode(statement.type);
}

/** Whether a type is a class, or adds something to one. */
function hasClass(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.isIntersection()) return type.types.some((part) => hasClass(checker, part));
  if ((type.getSymbol()?.flags ?? 0) & ts.SymbolFlags.Class) return true;
  const isInterface = type.isClassOrInterface();
  return isInterface && checker.getBaseTypes(type).some((base) => hasClass(checker, base));
}
