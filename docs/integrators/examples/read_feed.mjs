// Read what is new in the feed, page by page, from where the last run stopped.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { CITY, headers } from "./city_token.mjs";

const PLACE = "position.txt"; // in earnest in your database, written together with what the events lead to
let after = existsSync(PLACE) ? Number(readFileSync(PLACE)) : 0;
let page;
do {
  const wanted = new URLSearchParams({ after, types: "badges.*", limit: 500 });
  const answer = await fetch(`${CITY}/events?${wanted}`, { headers: await headers() });
  page = await answer.json();
  if (!answer.ok) throw new Error(page.detail);
  for (const { position, event } of page.events) console.log(position, event.type, event.id);
  after = page.next;
  writeFileSync(PLACE, String(after));
} while (after < page.last); // a page may be empty before that: `next` moves on all the same
