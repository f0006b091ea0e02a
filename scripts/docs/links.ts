import {
  type Application,
  type CommentDisplayPart,
  Converter,
  type Reflection,
  ReflectionKind,
} from 'typedoc';

/** Leads links that name a thing as users reach it, `nn.functional.conv2d`, wherever they stand. */
export function resolveFullNames(app: Application): void {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const byName = new Map<string, Reflection>();
    const kinds = ReflectionKind.SomeExport | ReflectionKind.SomeModule;
    for (const one of project.getReflectionsByKind(kinds)) {
      byName.set(one.getFriendlyFullName(), one);
    }
    const lead = (part: CommentDisplayPart) => {
      if (part.kind !== 'inline-tag' || part.target !== undefined) return;
      const target = byName.get(part.text.trim());
      if (target) part.target = target;
    };
    project.readme?.forEach(lead);
    for (const { comment } of project.getReflectionsByKind(ReflectionKind.All)) {
      comment?.summary.forEach(lead);
      for (const { content } of comment?.blockTags ?? []) content.forEach(lead);
    }
  });
}
