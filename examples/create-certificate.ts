// Writes a key and a self-signed certificate for localhost into the folder given, unless they are there.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generate } from "selfsigned";

const folder = process.argv[2] ?? ".tmp";
const keyFile = path.join(folder, "localhost-key.pem");
const certFile = path.join(folder, "localhost-cert.pem");

if (!existsSync(keyFile) || !existsSync(certFile)) {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(certFile, cert);
}
