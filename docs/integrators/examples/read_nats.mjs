// Read a durable consumer on NATS, acknowledge each event, and come back whenever the connection ends.
import { jetstream } from "@nats-io/jetstream";
import { connect, wsconnect } from "@nats-io/transport-node";
import { CITY, headers, token } from "./city_token.mjs";

const READERS = `${CITY}/integrations/${process.env.INTEGRATION}/readers`;

// The reader of that name; made where there is none, with the first event the stream keeps as its start.
async function reader(name, types) {
  const json = { ...(await headers()), "content-type": "application/json" };
  const made = await fetch(READERS, { method: "POST", headers: json, body: JSON.stringify({ name, types }) });
  if (!made.ok && made.status !== 409) throw new Error(await made.text()); // 409: there is one of that name
  const { items } = await (await fetch(READERS, { headers: json })).json();
  return items.find((each) => each.name === name);
}

// Handle events until the connection ends; at the latest when the token expires.
async function read({ durable, connect: how }) {
  const url = process.env.NATS_URL ?? how.server ?? how.websocket;
  const client = await (url.startsWith("ws") ? wsconnect : connect)({
    servers: url,
    user: "token",
    pass: await token(),
    inboxPrefix: how.inbox_prefix, // without it no answer arrives, and everything times out
    reconnect: false, // a new connection needs a new token
  });
  const consumer = await jetstream(client).consumers.get(how.stream, durable);
  const messages = await consumer.consume({ max_messages: 100 });
  client.closed().then(() => messages.stop());
  for await (const message of messages) {
    const event = message.json();
    console.log(event.type, event.id);
    message.ack(); // after the event was handled; unacknowledged, it comes again
  }
}

const mine = await reader(process.env.READER ?? "HR", "badges.*");
for (;;) {
  await read(mine).catch((error) => console.error(`once more: ${error}`));
  await new Promise((resume) => setTimeout(resume, 1000));
}
