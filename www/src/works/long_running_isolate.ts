// reader.ts, a module of its own
import { isolate, ReceivePort } from '@insula/web/worker';
const documents = new ReceivePort<Document>();
isolate.message.send(documents.sendPort);
for await (const { json, reply } of documents) reply.send(Object.keys(JSON.parse(json)).length);

// page.ts
await using reader = await Isolate.spawnUri(url, [], ready.sendPort);
const { value: documents } = await ready.next();
documents?.send({ json, reply: counts.sendPort });
for await (const count of counts) show(count);
