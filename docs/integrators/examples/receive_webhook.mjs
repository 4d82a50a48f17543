// An endpoint for webhooks. Behind your web server, which does the TLS.
import { createServer } from "node:http";
import { verify } from "./verify_webhook.mjs";

const KEY = process.env.WEBHOOK_KEY;
const seen = new Set(); // in earnest a table with a unique key, written together with what the event leads to

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  let event;
  try {
    event = verify(KEY, request.headers, Buffer.concat(parts));
  } catch {
    response.writeHead(401).end();
    return;
  }
  if (!seen.has(event.id) && !event.test) console.log(event.type, event.id);
  seen.add(event.id);
  response.writeHead(204).end(); // at once; whatever takes longer is done afterwards
}).listen(Number(process.env.PORT ?? 8000), "127.0.0.1");
