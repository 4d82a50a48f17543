// Issues credentials with the JavaScript libraries of Digital Bazaar and with jose, without any network.
// Reads one request as JSON from standard input, {action, credential, documents, ...}, and answers in JSON.
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as selective from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {SignJWT, exportJWK, generateKeyPair} from 'jose';
import {text} from 'node:stream/consumers';

const request = JSON.parse(await text(process.stdin));
const {credential, documents, now} = request;

async function documentLoader(url) {
  if (documents[url] === undefined) {
    throw new Error(`not among the documents given: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: documents[url]};
}

// A did:key of the key pair, which the credential then names as its issuer.
function named(key) {
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  return {...credential, issuer: {...credential.issuer, id: key.controller}};
}

async function proof() {
  const key = await Ed25519Multikey.generate();
  const unsigned = named(key);
  const suite = new DataIntegrityProof({signer: {...key.signer(), id: key.id}, date: now, cryptosuite});
  return vc.issue({credential: unsigned, suite, documentLoader});
}

async function byP256() {
  const key = await EcdsaMultikey.generate({curve: 'P-256'});
  const unsigned = named(key);
  const signer = {...key.signer(), id: key.id};
  const suite = new DataIntegrityProof({signer, date: now, cryptosuite: ecdsaRdfc2019});
  return vc.issue({credential: unsigned, suite, documentLoader});
}

// The suite that credentials of the data model 1.1 were signed with before Data Integrity.
async function earlier() {
  const key = await Ed25519Multikey.generate();
  const unsigned = named(key);
  const suite = new Ed25519Signature2020({signer: {...key.signer(), id: key.id}, date: now});
  suite.verificationMethod = key.id;
  return vc.issue({credential: unsigned, suite, documentLoader});
}

async function whole() {
  const key = await EcdsaMultikey.generate({curve: 'P-256'});
  const unsigned = named(key);
  const mandatoryPointers = request.mandatory;
  const suite = new DataIntegrityProof({
    signer: {...key.signer(), id: key.id},
    date: now,
    cryptosuite: selective.createSignCryptosuite({mandatoryPointers}),
  });
  return vc.issue({credential: unsigned, suite, documentLoader});
}

async function selected() {
  const base = await whole();
  const suite = new DataIntegrityProof({
    cryptosuite: selective.createDiscloseCryptosuite({selectivePointers: request.selected}),
  });
  return vc.derive({verifiableCredential: base, suite, documentLoader});
}

async function token() {
  const {publicKey, privateKey} = await generateKeyPair(request.algorithm, {extractable: true});
  const jwk = await exportJWK(publicKey);
  const did = `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString('base64url')}`;
  const payload = {...credential, issuer: {...credential.issuer, id: did}};
  const signed = await new SignJWT(payload)
    .setProtectedHeader({alg: request.algorithm, ...(request.by === 'kid' ? {kid: `${did}#0`} : {jwk})})
    .setIssuer(did)
    .setJti(credential.id)
    .setSubject(credential.credentialSubject.id)
    .setNotBefore(new Date(credential.validFrom))
    .sign(privateKey);
  return {token: signed};
}

const actions = {proof, byP256, earlier, whole, selected, token};
console.log(JSON.stringify(await actions[request.action]()));
