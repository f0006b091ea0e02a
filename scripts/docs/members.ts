import {
  type Application,
  type Context,
  Converter,
  type DeclarationReflection,
  type Reflection,
  ReflectionKind,
} from 'typedoc';
import type ts from 'typescript';
import { modules } from './modules.js';

/**
 * Leaves out what stands on a page of its own, what a class inherits from one that has a page of its own, and what its name marks as
 * internal. What comes from a class that has no page, Tensor's operators say, stays.
 */
export function leaveOut(app: Application): void {
  app.converter.on(
    Converter.EVENT_RESOLVE_BEGIN,
    (context) => {
      const { project, programs } = context;
      context.setActiveProgram(programs[0]);
      for (const name of Object.values(modules)) {
        const twice = project
          .getReflectionsByKind(ReflectionKind.Variable | ReflectionKind.Namespace)
          .filter((one) => one.getFriendlyFullName() === name);
        for (const one of twice) project.removeReflection(one);
      }
      const owners = project.getReflectionsByKind(ReflectionKind.ClassOrInterface);
      for (const owner of owners as DeclarationReflection[]) {
        const bases = documentedBases(context, owner);
        linkBases(context, owner, bases);
        for (const member of [...(owner.children ?? [])]) {
          if (isInternal(member) || isInherited(context, owner, member, bases)) {
            project.removeReflection(member);
          }
        }
      }
      context.setActiveProgram(undefined);
    },
    2000,
  );
}

const isInternal = ({ name }: Reflection) => /^_(?!_deepcopy__)/.test(name);

/** The nearest classes above a class that have a page. */
function documentedBases(context: Context, owner: Reflection): ts.Type[] {
  const symbol = context.getSymbolFromReflection(owner);
  if (!symbol) return [];
  const { checker } = context;
  const classesOf = (type: ts.Type): ts.InterfaceType[] => {
    if (type.isUnionOrIntersection()) return type.types.flatMap(classesOf);
    const { target = type } = type as ts.TypeReference;
    return target.isClassOrInterface() ? [target] : [];
  };
  const above = (type: ts.Type): ts.Type[] =>
    classesOf(type)
      .flatMap((one) => checker.getBaseTypes(one))
      .flatMap(classesOf)
      .flatMap((base) => {
        const its = base.getSymbol();
        return its && context.getReflectionFromSymbol(its) ? [base] : above(base);
      });
  return above(checker.getDeclaredTypeOfSymbol(symbol));
}

/** Says which of the classes above a class have a page, whatever lies between. */
function linkBases(context: Context, owner: DeclarationReflection, bases: ts.Type[]): void {
  const symbols = bases.flatMap((base) => base.getSymbol() ?? []);
  if (!owner.kindOf(ReflectionKind.Class) || symbols.length === 0) return;
  owner.extendedTypes = symbols.map((symbol) => context.createSymbolReference(symbol, context));
}

function isInherited(
  context: Context,
  owner: Reflection,
  member: DeclarationReflection,
  bases: ts.Type[],
): boolean {
  if (member.kind === ReflectionKind.Constructor) return false;
  const declaration = context.getSymbolFromReflection(member)?.declarations?.[0];
  if (!declaration) return false;
  const own = context.getSymbolFromReflection(owner)?.declarations ?? [];
  if (own.some((one) => one === declaration.parent)) return false;
  return bases.some((base) => {
    const its = base.getSymbol();
    const type = member.flags.isStatic && its ? context.checker.getTypeOfSymbol(its) : base;
    return type.getProperty(member.name)?.declarations?.[0] === declaration;
  });
}
