import { describe, expect, it } from "vitest";

import { checkSettings } from "../../../src/express/settings.ts";
import { catchError } from "../../helpers/catch-error.ts";

describe("checkSettings", () => {
  it.each([
    {},
    { uwsOptions: {} },
    { http3: false },
    { uwsOptions: { key_file_name: "key.pem", cert_file_name: "cert.pem" } },
  ])("takes %o", (settings) => {
    expect(catchError(() => checkSettings(settings))).toBeUndefined();
  });

  it("refuses HTTP/3, also with a certificate", () => {
    const uwsOptions = { key_file_name: "key.pem", cert_file_name: "cert.pem" };
    expect(catchError(() => checkSettings({ http3: true, uwsOptions }))).toMatchObject({
      name: "RollcageError",
      code: "ERR_ROLLCAGE_HTTP3_UNSUPPORTED",
    });
  });

  it.each([
    [{ key_file_name: "key.pem" }, "cert_file_name"],
    [{ cert_file_name: "cert.pem" }, "key_file_name"],
    [{ key_file_name: "key.pem", cert_file_name: "" }, "cert_file_name"],
  ])("refuses half of a TLS pair: %o", (uwsOptions, missing) => {
    expect(catchError(() => checkSettings({ uwsOptions }))).toMatchObject({
      code: "ERR_ROLLCAGE_CONFIG_INVALID",
      details: { issues: [expect.stringContaining(missing)] },
    });
  });
});
