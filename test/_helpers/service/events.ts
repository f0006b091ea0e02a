import type { Service } from './process.js';

/** One server-sent event. */
export interface ServerEvent {
  id: string;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON, whose shape the event's name says.
  data: any;
}

/** Reads the service's events until `enough` says so of what there is. */
export async function readEvents(
  service: Service,
  enough: (events: readonly ServerEvent[]) => boolean,
  lastEventId?: string,
): Promise<ServerEvent[]> {
  const headers: Record<string, string> = lastEventId ? { 'last-event-id': lastEventId } : {};
  const response = await service.fetch('/api/events', { headers });
  if (response.status !== 200) throw new Error(await response.text());
  const events: ServerEvent[] = [];
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() as string;
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.split(':')[0], line.slice(line.indexOf(':') + 2)]),
      );
      const { id, event, data } = fields;
      if (data) events.push({ id: id ?? '', event: event ?? '', data: JSON.parse(data) });
    }
    if (enough(events)) return events;
  }
  return events;
}
