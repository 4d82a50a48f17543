// Verifies and signs credentials with the JavaScript libraries of Digital Bazaar, without any network.
// Reads one request as JSON from standard input, {action, credential, documents, ...}, and answers in JSON.
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {text} from 'node:stream/consumers';

const request = JSON.parse(await text(process.stdin));

async function documentLoader(url) {
  const document = request.documents[url];
  if (document === undefined) {
    throw new Error(`not among the documents given: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

async function verify() {
  const suite = new DataIntegrityProof({cryptosuite});
  const {credential, now} = request;
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus, now});
  const statuses = result.statusResult?.results ?? [];
  return {
    verified: result.verified,
    withdrawn: statuses.map(each => each.status),
    error: String(result.error?.errors ?? result.error ?? ''),
  };
}

async function sign() {
  const key = await Ed25519Multikey.from(request.key);
  const suite = new DataIntegrityProof({signer: key.signer(), date: request.now, cryptosuite});
  return vc.issue({credential: request.credential, suite, documentLoader});
}

// The proof values of many credentials.
async function signAll() {
  const key = await Ed25519Multikey.from(request.key);
  const values = [];
  for (const credential of request.credentials) {
    const suite = new DataIntegrityProof({signer: key.signer(), date: request.now, cryptosuite});
    const signed = await vc.issue({credential, suite, documentLoader});
    values.push(signed.proof.proofValue);
  }
  return values;
}

// Calls of another action per second of processor time, over `seconds` of it, after a first one that warms up.
async function rate() {
  const work = actions[request.what];
  const used = () => { const {user, system} = process.cpuUsage(); return (user + system) / 1e6; };
  const calls = async seconds => {
    const start = used();
    let done = 0;
    for (; used() < start + seconds; done++) {
      await work();
    }
    return done / (used() - start);
  };
  await calls(1);
  return calls(request.seconds);
}

const actions = {verify, sign, signAll, rate};
console.log(JSON.stringify(await actions[request.action]()));
