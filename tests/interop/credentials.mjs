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

const actions = {verify, sign};
console.log(JSON.stringify(await actions[request.action]()));
