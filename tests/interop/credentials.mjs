// Verifies and signs credentials with the JavaScript libraries of Digital Bazaar, without any network.
// Reads requests as JSON from standard input, one a line, {action, credential, documents, ...}, and answers each
// with a line of JSON. Documents stay known to the requests that follow, so that thousands are read by one process.
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {createInterface} from 'node:readline';

const documents = {};

async function documentLoader(url) {
  const document = documents[url];
  if (document === undefined) {
    throw new Error(`not among the documents given: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

async function verify({credential, now}) {
  const suite = new DataIntegrityProof({cryptosuite});
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus, now});
  const statuses = result.statusResult?.results ?? [];
  return {
    verified: result.verified,
    withdrawn: statuses.map(each => each.status),
    error: String(result.error?.errors ?? result.error ?? ''),
  };
}

async function sign(request) {
  const key = await Ed25519Multikey.from(request.key);
  const suite = new DataIntegrityProof({signer: key.signer(), date: request.now, cryptosuite});
  return vc.issue({credential: request.credential, suite, documentLoader});
}

// The canonical N-Quads; what its safe mode refuses is an error.
async function canonize({credential}) {
  try {
    return {text: await cryptosuite.canonize(credential, {documentLoader})};
  } catch (error) {
    return {error: String(error.details?.event?.code ?? error)};
  }
}

// Calls of another action per second of processor time, over `seconds` of it, after a first one that warms up.
async function rate(request) {
  const work = actions[request.what];
  const used = () => { const {user, system} = process.cpuUsage(); return (user + system) / 1e6; };
  const calls = async seconds => {
    const start = used();
    let done = 0;
    for (; used() < start + seconds; done++) {
      await work(request);
    }
    return done / (used() - start);
  };
  if ((await work(request)).verified === false) {
    throw new Error('it does not verify, so that its rate says nothing');
  }
  await calls(1);
  return calls(request.seconds);
}

const actions = {verify, sign, canonize, rate};
for await (const line of createInterface({input: process.stdin})) {
  const request = JSON.parse(line);
  Object.assign(documents, request.documents);
  console.log(JSON.stringify(await actions[request.action](request)));
}
