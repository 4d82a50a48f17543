// Have events posted to your endpoint.
import { CITY, headers } from "./city_token.mjs";

const wish = {
  integration: process.env.INTEGRATION,
  name: "HR",
  url: process.env.ENDPOINT,
  types: ["badges.*"],
  signature: process.env.SIGNATURE ?? "hmac", // or ed25519
};
const answer = await fetch(`${CITY}/subscriptions`, {
  method: "POST",
  headers: { ...(await headers()), "content-type": "application/json" },
  body: JSON.stringify(wish),
});
const made = await answer.json();
if (!answer.ok) throw new Error(`${made.detail} ${JSON.stringify(made.errors)}`);
console.log(`SUBSCRIPTION=${made.id}`);
console.log(`WEBHOOK_KEY=${made.secret ?? made.public_key}`); // a secret is shown this once
