// Follow the feed as it grows, over one connection at a time, without a gap between them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { CITY, headers } from "./city_token.mjs";

const PLACE = "position.txt"; // in earnest in your database, written together with what the events lead to
let after = existsSync(PLACE) ? Number(readFileSync(PLACE)) : 0;

async function* blocks(body) {
  let text = "";
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const whole = (text + piece).split("\n\n");
    text = whole.pop();
    for (const block of whole) {
      const fields = block.split("\n").map((line) => [line.split(":", 1)[0], line.replace(/^[^:]*: ?/, "")]);
      yield Object.fromEntries(fields);
    }
  }
}

async function follow() {
  const answer = await fetch(`${CITY}/events?types=badges.*`, {
    headers: { ...(await headers()), accept: "text/event-stream", "last-event-id": String(after) },
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  for await (const block of blocks(answer.body)) {
    if (block.event === "end") return; // token-expired, integration-ended, stopping or interrupted
    if (block.data) {
      const event = JSON.parse(block.data);
      console.log(block.id, event.type, event.id);
    }
    if (block.id) {
      after = Number(block.id); // signs of life have one, too
      writeFileSync(PLACE, String(after));
    }
  }
}

for (;;) {
  try {
    await follow();
  } catch (error) {
    console.error(String(error));
    await new Promise((resume) => setTimeout(resume, 3000));
  }
}
