// Verifies JSON Web Tokens with jose, by a public key that is given: no network.
// Reads one request as JSON from standard input, {token, key, issuer, subject, now}, and answers in JSON.
import {importJWK, jwtVerify} from 'jose';
import {text} from 'node:stream/consumers';

const {token, key, issuer, subject, now} = JSON.parse(await text(process.stdin));
const options = {algorithms: [key.alg], typ: 'JWT', issuer, subject, currentDate: new Date(now)};
try {
  const {payload, protectedHeader} = await jwtVerify(token, await importJWK(key), options);
  console.log(JSON.stringify({payload, header: protectedHeader, error: ''}));
} catch (error) {
  console.log(JSON.stringify({error: error.code}));
}
