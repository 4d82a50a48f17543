// Verifies a webhook: `whsec_...` keys by the library standardwebhooks, `whpk_...` keys by Node itself.
import { createPublicKey, verify as verifies } from "node:crypto";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const TOLERANCE = 300; // seconds between your clock and the city's; what is older may be somebody's recording
const ED25519 = Buffer.from("302a300506032b6570032100", "hex"); // what goes before the key in its DER form

// The event. Throws: then answer 401 and do nothing. `body` is a Buffer with the bytes as they came: parsing
// and writing them anew would break the signature.
export function verify(key, headers, body) {
  if (key.startsWith("whsec_")) return new Webhook(key).verify(body.toString(), headers);
  verifyEd25519(key, headers, body);
  return JSON.parse(body.toString());
}

function verifyEd25519(key, headers, body) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures = "" } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(at)) <= TOLERANCE)) {
    throw new WebhookVerificationError("the timestamp is missing, too old, or in the future");
  }
  const raw = Buffer.from(key.slice("whpk_".length), "base64");
  const known = createPublicKey({ key: Buffer.concat([ED25519, raw]), format: "der", type: "spki" });
  const signed = Buffer.concat([Buffer.from(`${id}.${at}.`), body]);
  const good = signatures.split(" ").some((each) => {
    const [version, encoded = ""] = each.split(",");
    return version === "v1a" && verifies(null, signed, known, Buffer.from(encoded, "base64"));
  });
  if (!good) throw new WebhookVerificationError("no signature is by this key");
}
